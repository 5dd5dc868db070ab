//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Messages to rooms, connections and users.
///
/// All of these return at once. The number is how many connections the message is for; ``WSManager/broadcastReceipt(_:to:excluding:)`` tells
/// what became of it. A room nobody is in gives 0. They throw ``RealtimeError`` for a bad room name, and what a payload's `encode(to:)` throws;
/// nothing is sent then. A payload reaches the clients as it is, as the JSON of one text message, without an envelope.
extension WSManager {
    /// Sends a payload as JSON to a room.
    ///
    /// - Parameters:
    ///   - payload: the message.
    ///   - room: the room's concrete name, such as `teams/42`.
    ///   - excluding: connections that do not get it.
    /// - Returns: how many connections it is for.
    @discardableResult
    public nonisolated func broadcast(_ payload: some Encodable, to room: String, excluding: [ConnectionID] = []) throws -> Int {
        try self.publish(.json(payload), to: room, excluding: excluding)
    }

    /// Sends `{"type":type, ...fields}` to a room.
    @discardableResult
    public nonisolated func broadcast(
        _ type: String,
        _ fields: [String: some Encodable],
        to room: String,
        excluding: [ConnectionID] = []
    ) throws -> Int {
        try self.publish(.json(type: type, fields), to: room, excluding: excluding)
    }

    /// Sends a message as it is to a room: text, of which nothing checks that it is JSON, or bytes.
    @discardableResult
    public nonisolated func broadcast(_ message: WSMessage, to room: String, excluding: [ConnectionID] = []) throws -> Int {
        try self.publish(message.frame, to: room, excluding: excluding)
    }

    /// Sends a message to those members of a room that a filter lets through. The filter sees who is a member at the time of the call.
    @discardableResult
    public nonisolated func broadcast(
        _ message: WSMessage,
        to room: String,
        excluding: [ConnectionID] = [],
        where isIncluded: (ConnectionInfo) -> Bool
    ) throws -> Int {
        try TopicName.validate(room)
        let excluded = Set(excluding)
        let receivers = self.hub.connections(of: .topic(room)) { !excluded.contains($0.id) && isIncluded($0) }
        return self.hub.publish(message.frame, to: .connections(receivers))
    }

    /// Sends a payload as JSON to those members of a room that a filter lets through.
    @discardableResult
    public nonisolated func broadcast(
        _ payload: some Encodable,
        to room: String,
        excluding: [ConnectionID] = [],
        where isIncluded: (ConnectionInfo) -> Bool
    ) throws -> Int {
        try self.broadcast(.json(payload), to: room, excluding: excluding, where: isIncluded)
    }

    /// Sends a payload as JSON to everyone who is connected.
    @discardableResult
    public nonisolated func broadcastAll(_ payload: some Encodable, excluding: [ConnectionID] = []) throws -> Int {
        self.hub.publish(try .json(payload), to: .everyone, excluding: excluding)
    }

    /// Sends `{"type":type, ...fields}` to everyone who is connected.
    @discardableResult
    public nonisolated func broadcastAll(
        _ type: String,
        _ fields: [String: some Encodable],
        excluding: [ConnectionID] = []
    ) throws -> Int {
        self.hub.publish(try .json(type: type, fields), to: .everyone, excluding: excluding)
    }

    /// Sends a message as it is to everyone who is connected.
    @discardableResult
    public nonisolated func broadcastAll(_ message: WSMessage, excluding: [ConnectionID] = []) -> Int {
        self.hub.publish(message.frame, to: .everyone, excluding: excluding)
    }

    /// Sends a message to everyone whom a filter lets through.
    @discardableResult
    public nonisolated func broadcastAll(_ message: WSMessage, where isIncluded: (ConnectionInfo) -> Bool) -> Int {
        self.hub.publish(message.frame, to: .connections(self.hub.connections(of: .everyone, where: isIncluded)))
    }

    /// Sends a message to a room and waits until every event loop has dealt with it.
    ///
    /// Publishers with very much to say use it to keep their pace: while ``DeliveryReceipt/queued`` is above zero, somebody is behind.
    public nonisolated func broadcastReceipt(
        _ message: WSMessage,
        to room: String,
        excluding: [ConnectionID] = []
    ) async throws -> DeliveryReceipt {
        try TopicName.validate(room)
        let receipt = ReceiptCollector()
        let matched = self.hub.publish(message.frame, to: .topic(room), excluding: excluding, receipt: receipt)
        return await receipt.receipt(matched: matched)
    }

    /// Sends a payload as JSON to a room and waits until every event loop has dealt with it.
    public nonisolated func broadcastReceipt(
        _ payload: some Encodable,
        to room: String,
        excluding: [ConnectionID] = []
    ) async throws -> DeliveryReceipt {
        try await self.broadcastReceipt(.json(payload), to: room, excluding: excluding)
    }

    // MARK: To one

    /// Sends a payload as JSON to one connection.
    ///
    /// - Returns: whether it is connected.
    @discardableResult
    public nonisolated func send(_ payload: some Encodable, to id: ConnectionID) throws -> Bool {
        self.send(try .json(payload), to: id)
    }

    /// Sends a message as it is to one connection.
    ///
    /// - Returns: whether it is connected.
    @discardableResult
    public nonisolated func send(_ message: WSMessage, to id: ConnectionID) -> Bool {
        self.hub.publish(message.frame, to: .connections([id])) > 0
    }

    /// Sends a payload as JSON to all connections of a user.
    ///
    /// - Returns: how many there are; 0 for users without an id of their own.
    @discardableResult
    public nonisolated func send(_ payload: some Encodable, toUser userID: String) throws -> Int {
        self.send(try .json(payload), toUser: userID)
    }

    /// Sends a message as it is to all connections of a user.
    ///
    /// - Returns: how many there are; 0 for users without an id of their own.
    @discardableResult
    public nonisolated func send(_ message: WSMessage, toUser userID: String) -> Int {
        self.hub.publish(message.frame, to: .connections(self.connections(ofUser: userID)))
    }

    private nonisolated func publish(
        _ message: @autoclosure () throws -> WireMessage,
        to room: String,
        excluding: [ConnectionID]
    ) throws -> Int {
        try TopicName.validate(room)
        return self.hub.publish(try message(), to: .topic(room), excluding: excluding)
    }
}
