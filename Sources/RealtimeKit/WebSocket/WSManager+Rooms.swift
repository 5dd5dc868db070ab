//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Who is in which room, and who may be.
extension WSManager {
    // MARK: Membership

    /// Lets a connection join a room, without asking any hook, and tells the client with `joined`.
    ///
    /// - Returns: whether the connection exists. A second time changes nothing.
    /// - Throws: ``RealtimeError`` for a bad room name.
    @discardableResult
    public nonisolated func join(_ id: ConnectionID, room: String) throws -> Bool {
        try TopicName.validate(room)
        return self.hub.subscribe(id, to: room, heartbeat: nil, notice: WSFrames.joined(room, id: nil)) == .done
    }

    /// Makes a connection leave a room and tells the client with `left`.
    ///
    /// - Returns: whether it was a member.
    @discardableResult
    public nonisolated func leave(_ id: ConnectionID, room: String) -> Bool {
        self.hub.unsubscribe(id, from: room, notice: WSFrames.left(room, id: nil))
    }

    /// The connections in a room; empty for an unknown one.
    public nonisolated func members(of room: String) -> [ConnectionID] { self.hub.query { $0.members(of: room) } }

    /// How many connections are in a room.
    public nonisolated func memberCount(of room: String) -> Int { self.hub.query { $0.memberCount(of: room) } }

    /// The rooms of a connection, in the order in which it joined them; empty for an unknown one.
    public nonisolated func rooms(of id: ConnectionID) -> [String] { self.hub.query { $0.topics(of: id) } }

    /// The rooms with at least one member, in no particular order.
    public nonisolated func rooms() -> [String] { self.hub.query { $0.topicNames } }

    /// How many rooms have at least one member.
    public nonisolated var roomCount: Int { self.hub.query { $0.topicNames.count } }

    /// The numbers of connections, in all and by room, and whether heartbeats are sent.
    public nonisolated func stats() -> WSStats {
        let isActive = self.heartbeatActive
        return self.hub.query { WSStats(connections: $0.connectionCount, rooms: $0.memberCounts, heartbeatActive: isActive) }
    }

    // MARK: Patterns

    /// Registers a pattern for rooms whose joins are decided on.
    ///
    /// As long as no pattern is registered every name is a room. As soon as one is, a name that none matches is denied (see
    /// ``UnknownChannelPolicy``). The first pattern that matches counts, in the order of registration; the same pattern again replaces the
    /// earlier one in its place. Where the plugin also has `onJoinRoom`, both have to agree.
    ///
    /// ```swift
    /// try WSManager.shared.room("teams/:id") { info, parameters in
    ///     info.userID == parameters["id"]
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - pattern: such as `users/:id`, `teams/:teamId/updates` or `files/*path`; see ``TopicPattern``.
    ///   - authorize: decides about each join; everyone may join by default.
    /// - Throws: ``RealtimeError`` for a bad pattern.
    public nonisolated func room(_ pattern: String, authorize: @escaping WSRoomAuthorizer = { _, _ in true }) throws(RealtimeError) {
        self.rules.add(try TopicPattern(pattern), authorize)
    }

    // MARK: Ends

    /// Ends a connection.
    ///
    /// - Parameters:
    ///   - code: what the client is told; 4403 by default, which means that it should not come back.
    ///   - reason: more about it, for the client; what is longer than 123 bytes of UTF-8 is cut.
    /// - Returns: whether the connection existed.
    /// - Throws: ``RealtimeError`` for a code that may not be sent, see ``WSCloseCode/isSendable``.
    @discardableResult
    public nonisolated func disconnect(_ id: ConnectionID, code: WSCloseCode = .forbidden, reason: String = "kicked") throws(RealtimeError) -> Bool {
        try self.end([id], code, reason) > 0
    }

    /// Ends all connections of a user.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public nonisolated func disconnect(
        user userID: String,
        code: WSCloseCode = .forbidden,
        reason: String = "kicked"
    ) throws(RealtimeError) -> Int {
        try self.end(self.connections(ofUser: userID), code, reason)
    }

    /// Ends all connections that are in a room.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public nonisolated func disconnect(
        room: String,
        code: WSCloseCode = .forbidden,
        reason: String = "kicked"
    ) throws(RealtimeError) -> Int {
        try self.end(self.members(of: room), code, reason)
    }

    /// Ends all connections, at once. See ``ConnectionManager/shutdown()`` for an end that spares the server.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public nonisolated func disconnectAll(code: WSCloseCode = .forbidden, reason: String = "kicked") throws(RealtimeError) -> Int {
        try self.end(self.hub.query { $0.connectionIDs }, code, reason)
    }

    private nonisolated func end(_ ids: [ConnectionID], _ code: WSCloseCode, _ reason: String) throws(RealtimeError) -> Int {
        guard code.isSendable else {
            throw RealtimeError(.invalidField, "\(code) is not a close code that may be sent; 1000 to 1003, 1007 to 1014 and 3000 to 4999 are")
        }
        return self.hub.end(ids, .kicked, farewell: .close(code, reason))
    }
}
