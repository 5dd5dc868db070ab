//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// A broadcast in the making: `manager.to("chat").except(sender).send("message", message)`.
public struct SSEBroadcast: Sendable {
    private let manager: SSEManager
    private let channel: String
    private var excluded: [ConnectionID] = []
    private var filters: [@Sendable (ConnectionInfo) -> Bool] = []

    init(manager: SSEManager, channel: String) {
        self.manager = manager
        self.channel = channel
    }

    /// Leaves connections out.
    public func except(_ ids: ConnectionID...) -> SSEBroadcast {
        var copy = self
        copy.excluded += ids
        return copy
    }

    /// Leaves out the connections that a filter names, for example those of a user.
    public func except(where isExcluded: @escaping @Sendable (ConnectionInfo) -> Bool) -> SSEBroadcast {
        var copy = self
        copy.filters.append(isExcluded)
        return copy
    }

    /// Sends a named event without data.
    ///
    /// - Returns: how many connections it is for.
    @discardableResult
    public func send(_ event: String) throws -> Int {
        try self.send(SSEEvent(event: event))
    }

    /// Sends a named event with a payload as JSON.
    @discardableResult
    public func send(_ event: String, _ payload: some Encodable) throws -> Int {
        try self.send(.json(payload, event: event))
    }

    /// Sends a named event with a text as it is.
    @discardableResult
    public func send(_ event: String, _ text: String) throws -> Int {
        try self.send(SSEEvent(event: event, data: text))
    }

    /// Sends a payload as JSON, without an event name: clients see it as `message`.
    @discardableResult
    public func data(_ payload: some Encodable) throws -> Int {
        try self.send(.json(payload))
    }

    /// Sends a text as it is, without an event name: clients see it as `message`.
    @discardableResult
    public func data(_ text: String) throws -> Int {
        try self.send(.text(text))
    }

    /// Sends an event.
    @discardableResult
    public func send(_ event: SSEEvent) throws -> Int {
        guard !self.filters.isEmpty else { return try self.manager.broadcast(event, to: self.channel, excluding: self.excluded) }
        return try self.manager.broadcast(event, to: self.channel, excluding: self.excluded) { info in
            !self.filters.contains { $0(info) }
        }
    }
}

extension SSEManager {
    /// Begins a broadcast to a channel.
    public nonisolated func to(_ channel: String) -> SSEBroadcast {
        SSEBroadcast(manager: self, channel: channel)
    }
}
