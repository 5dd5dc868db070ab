//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Who is subscribed to what, and the end of connections. See ``ConnectionManager`` for what is not special to event streams.
extension SSEManager {
    // MARK: Subscriptions

    /// Subscribes a connection to a channel, without asking any hook, and tells the client with an event `subscribed`.
    ///
    /// - Returns: whether the connection exists. A second time changes nothing.
    /// - Throws: ``RealtimeError`` for a bad channel name.
    @discardableResult
    public nonisolated func subscribe(_ id: ConnectionID, to channel: String) throws -> Bool {
        try TopicName.validate(channel)
        return self.subscribe(id, to: channel, atMost: .max) == .done
    }

    /// Subscribes a connection to a channel whose name is known to be good.
    nonisolated func subscribe(_ id: ConnectionID, to channel: String, atMost limit: Int) -> Hub.SubscribeResult {
        var heartbeat: TimeAmount?
        if case .rule(let options, _) = self.rules.verdict(for: channel) { heartbeat = options.heartbeat.map { TimeAmount($0) } }
        return self.hub.subscribe(id, to: channel, heartbeat: heartbeat, notice: SSEMessages.subscribed(channel), atMost: limit)
    }

    /// Unsubscribes a connection from a channel and tells the client with an event `unsubscribed`.
    ///
    /// - Returns: whether it was subscribed.
    @discardableResult
    public nonisolated func unsubscribe(_ id: ConnectionID, from channel: String) -> Bool {
        self.hub.unsubscribe(id, from: channel, notice: SSEMessages.unsubscribed(channel))
    }

    /// The connections that are subscribed to a channel; empty for an unknown one.
    public nonisolated func members(of channel: String) -> [ConnectionID] { self.hub.query { $0.members(of: channel) } }

    /// The channels of a connection, in the order of their subscription; empty for an unknown one.
    public nonisolated func channels(of id: ConnectionID) -> [String] { self.hub.query { $0.topics(of: id) } }

    /// The channels with at least one subscriber, in no particular order.
    public nonisolated func channels() -> [String] { self.hub.query { $0.topicNames } }

    /// The channels with at least one subscriber, in no particular order.
    public nonisolated var activeChannels: [String] { self.channels() }

    /// How many connections are subscribed to a channel.
    public nonisolated func subscriberCount(of channel: String) -> Int { self.hub.query { $0.memberCount(of: channel) } }

    // MARK: Connections

    /// The numbers of connections, in all and by channel.
    public nonisolated func stats() -> SSEStats {
        self.hub.query { SSEStats(connections: $0.connectionCount, channels: $0.memberCounts) }
    }

    /// Ends a connection: the client gets an event `disconnect` with the reason, then the end of the stream.
    ///
    /// - Returns: whether the connection existed.
    @discardableResult
    public nonisolated func disconnect(_ id: ConnectionID, reason: DisconnectReason = .kicked) -> Bool {
        self.hub.end([id], reason) > 0
    }

    /// Ends all connections of a user.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public nonisolated func disconnect(user userID: String, reason: DisconnectReason = .kicked) -> Int {
        self.hub.end(self.connections(ofUser: userID), reason)
    }

    /// Ends all connections, at once. See ``ConnectionManager/shutdown()`` for an end that spares the server.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public nonisolated func disconnectAll(reason: DisconnectReason = .kicked) -> Int {
        self.hub.end(self.hub.query { $0.connectionIDs }, reason)
    }
}
