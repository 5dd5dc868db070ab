//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// One message to many.
///
/// All of these return at once. The number is how many connections the message is for; ``SSEManager/broadcastReceipt(_:to:excluding:)``
/// tells what became of it. A channel nobody listens to gives 0. They throw ``RealtimeError`` for a bad channel name and for CR, LF or NUL
/// in an event's type or id, and what a payload's `encode(to:)` throws; nothing is sent then.
extension SSEManager {
    /// Sends an event to a channel.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - channel: the channel's concrete name, such as `users/42`.
    ///   - excluding: connections that do not get it.
    /// - Returns: how many connections it is for.
    @discardableResult
    public nonisolated func broadcast(_ event: SSEEvent, to channel: String, excluding: [ConnectionID] = []) throws -> Int {
        self.hub.publish(try Self.message(event, channel: channel), to: .topic(channel), excluding: excluding)
    }

    /// Sends an event with a payload as JSON to a channel.
    @discardableResult
    public nonisolated func broadcast(
        _ event: String,
        _ payload: some Encodable,
        to channel: String,
        excluding: [ConnectionID] = [],
        id: String? = nil,
        retry: Int? = nil
    ) throws -> Int {
        try self.broadcast(.json(payload, event: event, id: id, retry: retry), to: channel, excluding: excluding)
    }

    /// Sends an event with a text, as it is, to a channel.
    @discardableResult
    public nonisolated func broadcast(
        _ event: String,
        _ text: String,
        to channel: String,
        excluding: [ConnectionID] = [],
        id: String? = nil,
        retry: Int? = nil
    ) throws -> Int {
        try self.broadcast(SSEEvent(event: event, data: text, id: id, retry: retry), to: channel, excluding: excluding)
    }

    /// Sends an event to those members of a channel that a filter lets through. The filter sees who is a member at the time of the call.
    @discardableResult
    public nonisolated func broadcast(
        _ event: SSEEvent,
        to channel: String,
        excluding: [ConnectionID] = [],
        where isIncluded: (ConnectionInfo) -> Bool
    ) throws -> Int {
        let message = try Self.message(event, channel: channel)
        let excluded = Set(excluding)
        let receivers = self.hub.connections(of: .topic(channel)) { !excluded.contains($0.id) && isIncluded($0) }
        return self.hub.publish(message, to: .connections(receivers))
    }

    /// Sends an event with a payload as JSON to those members of a channel that a filter lets through.
    @discardableResult
    public nonisolated func broadcast(
        _ event: String,
        _ payload: some Encodable,
        to channel: String,
        excluding: [ConnectionID] = [],
        where isIncluded: (ConnectionInfo) -> Bool
    ) throws -> Int {
        try self.broadcast(.json(payload, event: event), to: channel, excluding: excluding, where: isIncluded)
    }

    /// Sends an event with a text, as it is, to those members of a channel that a filter lets through.
    @discardableResult
    public nonisolated func broadcast(
        _ event: String,
        _ text: String,
        to channel: String,
        excluding: [ConnectionID] = [],
        where isIncluded: (ConnectionInfo) -> Bool
    ) throws -> Int {
        try self.broadcast(SSEEvent(event: event, data: text), to: channel, excluding: excluding, where: isIncluded)
    }

    /// Sends an event to everyone who is connected.
    @discardableResult
    public nonisolated func broadcastAll(_ event: SSEEvent, excluding: [ConnectionID] = []) throws -> Int {
        self.hub.publish(try .sse(event), to: .everyone, excluding: excluding)
    }

    /// Sends an event with a payload as JSON to everyone who is connected.
    @discardableResult
    public nonisolated func broadcastAll(_ event: String, _ payload: some Encodable, excluding: [ConnectionID] = []) throws -> Int {
        try self.broadcastAll(.json(payload, event: event), excluding: excluding)
    }

    /// Sends an event with a text, as it is, to everyone who is connected.
    @discardableResult
    public nonisolated func broadcastAll(_ event: String, _ text: String, excluding: [ConnectionID] = []) throws -> Int {
        try self.broadcastAll(SSEEvent(event: event, data: text), excluding: excluding)
    }

    /// Sends an event to everyone whom a filter lets through.
    @discardableResult
    public nonisolated func broadcastAll(_ event: SSEEvent, where isIncluded: (ConnectionInfo) -> Bool) throws -> Int {
        self.hub.publish(try .sse(event), to: .connections(self.hub.connections(of: .everyone, where: isIncluded)))
    }

    /// Sends an event to a channel and waits until every event loop has dealt with it.
    ///
    /// Publishers with very much to say use it to keep their pace: while ``DeliveryReceipt/queued`` is above zero, somebody is behind.
    public nonisolated func broadcastReceipt(
        _ event: SSEEvent,
        to channel: String,
        excluding: [ConnectionID] = []
    ) async throws -> DeliveryReceipt {
        let message = try Self.message(event, channel: channel)
        let receipt = ReceiptCollector()
        let matched = self.hub.publish(message, to: .topic(channel), excluding: excluding, receipt: receipt)
        return await receipt.receipt(matched: matched)
    }

    /// Sends an event to one connection.
    ///
    /// - Returns: whether it is connected.
    @discardableResult
    public nonisolated func send(_ event: SSEEvent, to id: ConnectionID) throws -> Bool {
        self.hub.publish(try .sse(event), to: .connections([id])) > 0
    }

    /// Sends an event with a payload as JSON to one connection.
    ///
    /// - Returns: whether it is connected.
    @discardableResult
    public nonisolated func send(_ event: String, _ payload: some Encodable, to id: ConnectionID) throws -> Bool {
        try self.send(.json(payload, event: event), to: id)
    }

    /// Sends an event with a text, as it is, to one connection.
    ///
    /// - Returns: whether it is connected.
    @discardableResult
    public nonisolated func send(_ event: String, _ text: String, to id: ConnectionID) throws -> Bool {
        try self.send(SSEEvent(event: event, data: text), to: id)
    }

    /// Sends an event to all connections of a user.
    ///
    /// - Returns: how many there are; 0 for users without an id of their own.
    @discardableResult
    public nonisolated func send(_ event: SSEEvent, toUser userID: String) throws -> Int {
        let message = try WireMessage.sse(event)
        return self.hub.publish(message, to: .connections(self.hub.query { $0.connections(ofUser: userID) }))
    }

    private static func message(_ event: SSEEvent, channel: String) throws(RealtimeError) -> WireMessage {
        try TopicName.validate(channel)
        return try .sse(event, channel: channel)
    }
}
