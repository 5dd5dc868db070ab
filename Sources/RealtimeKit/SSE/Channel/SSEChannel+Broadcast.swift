//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// Messages to the clients of a channel. All but the receipt return at once, and throw ``RealtimeError`` for CR, LF or NUL in an event's type
/// or id, and what a payload's `encode(to:)` throws; nothing is sent then.
extension SSEChannel {
    /// Sends an event to all clients.
    ///
    /// - Parameter excluding: the names of clients that do not get it.
    /// - Returns: how many it is for.
    @discardableResult
    public func broadcast(_ event: SSEEvent, excluding: [String] = []) throws -> Int {
        self.publish(try .sse(event), excluding: excluding)
    }

    /// Sends an event with a payload as JSON to all clients.
    @discardableResult
    public func broadcast(
        _ event: String,
        _ payload: some Encodable,
        excluding: [String] = [],
        id: String? = nil,
        retry: Int? = nil
    ) throws -> Int {
        try self.broadcast(.json(payload, event: event, id: id, retry: retry), excluding: excluding)
    }

    /// Sends an event with a text, as it is, to all clients.
    @discardableResult
    public func broadcast(
        _ event: String,
        _ text: String,
        excluding: [String] = [],
        id: String? = nil,
        retry: Int? = nil
    ) throws -> Int {
        try self.broadcast(SSEEvent(event: event, data: text, id: id, retry: retry), excluding: excluding)
    }

    /// Sends an event to the clients that a filter lets through.
    @discardableResult
    public func broadcast(_ event: SSEEvent, where isIncluded: (SSEClientInfo) -> Bool) throws -> Int {
        let message = try WireMessage.sse(event)
        return self.hub.publish(message, to: .connections(self.clients(where: isIncluded).map(\.connectionID)))
    }

    /// Sends an event with a payload as JSON to the clients that a filter lets through.
    @discardableResult
    public func broadcast(_ event: String, _ payload: some Encodable, where isIncluded: (SSEClientInfo) -> Bool) throws -> Int {
        try self.broadcast(.json(payload, event: event), where: isIncluded)
    }

    /// Sends an event with a text, as it is, to the clients that a filter lets through.
    @discardableResult
    public func broadcast(_ event: String, _ text: String, where isIncluded: (SSEClientInfo) -> Bool) throws -> Int {
        try self.broadcast(SSEEvent(event: event, data: text), where: isIncluded)
    }

    /// Sends an event to all clients and waits until every event loop has dealt with it.
    public func broadcastReceipt(_ event: SSEEvent) async throws -> DeliveryReceipt {
        let receipt = ReceiptCollector()
        let matched = self.hub.publish(try .sse(event), to: .topic(self.topic), receipt: receipt)
        return await receipt.receipt(matched: matched)
    }

    /// Sends an event to one client.
    ///
    /// - Returns: whether it is there.
    @discardableResult
    public func send(_ event: SSEEvent, to id: String) throws -> Bool {
        let message = try WireMessage.sse(event)
        guard let connection = self.connection(of: id) else { return false }
        return self.hub.publish(message, to: .connections([connection])) > 0
    }

    /// Sends an event with a payload as JSON to one client.
    @discardableResult
    public func send(_ event: String, _ payload: some Encodable, to id: String) throws -> Bool {
        try self.send(.json(payload, event: event), to: id)
    }

    /// Sends an event with a text, as it is, to one client.
    @discardableResult
    public func send(_ event: String, _ text: String, to id: String) throws -> Bool {
        try self.send(SSEEvent(event: event, data: text), to: id)
    }

    /// Runs a task and tells the clients of its progress; see ``SSEProgress``.
    ///
    /// - Returns: what the task returns.
    /// - Throws: what the task throws.
    @discardableResult
    public func progress<Result>(_ work: (SSEProgress) async throws -> Result) async throws -> Result {
        try await SSEProgress.run({ _ = try self.broadcast($0) }, work)
    }

    func publish(_ message: WireMessage, excluding: [String] = []) -> Int {
        self.hub.publish(message, to: .topic(self.topic), excluding: excluding.compactMap { self.connection(of: $0) })
    }
}
