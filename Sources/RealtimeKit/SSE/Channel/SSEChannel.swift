//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeCore
import Synchronization

/// A channel with a route of its own: whoever gets the route's response is on it.
///
/// ```swift
/// let notifications = try SSEChannel("notifications", options: .init(maxClients: 1000))
///
/// router.get("notifications") { request, context in
///     notifications.respond(to: request, context: context, metadata: ["role": "admin"])
/// }
/// router.post("notify") { _, _ in
///     let sent = try notifications.broadcast("alert", ["text": "Hello"])
///     return "\(sent)"
/// }
/// ```
///
/// It is a topic of its own on the same engine as ``SSEManager``: outboxes, slow consumers and heartbeats are the same, but the manager's
/// channels, `broadcastAll` and statistics do not see it. The limits of ``ConnectionLimiter`` and ``OutboxBudget`` do. When the server stops, its
/// streams end with an event `disconnect`; those of a ``ChannelManager`` that runs as a service are spread over some seconds.
public final class SSEChannel: Sendable {
    private static let number = Atomic(0)
    static let fallbackNotice = OnceFlag()

    /// The channel's name.
    public let name: String

    let hub: Hub
    let limiter: ConnectionLimiter
    let options: Options
    let heartbeat: HeartbeatSource
    let runner: HookRunner
    /// The channel's topic. Another channel of the same name is another topic.
    let topic: String
    let roster: Mutex<SSEChannelRoster>

    /// Makes a channel.
    ///
    /// - Parameters:
    ///   - name: 1 to 255 UTF-8 bytes without control characters.
    ///   - limiter: what counts the connections; by default the one of the whole process.
    /// - Throws: ``RealtimeError`` for a bad name or bad options, which says what is accepted.
    public convenience init(_ name: String, options: Options = .init(), limiter: ConnectionLimiter = .shared) throws(RealtimeError) {
        try self.init(name, options: options, limiter: limiter, hub: SSEResponse.hub)
    }

    /// Makes a channel on an engine of somebody's.
    init(_ name: String, options: Options, limiter: ConnectionLimiter, hub: Hub) throws(RealtimeError) {
        try TopicName.validate(name)
        try options.validate()
        self.name = name
        self.options = options
        self.limiter = limiter
        self.hub = hub
        self.heartbeat = try options.heartbeat.makeSource()
        self.runner = HookRunner(timeout: options.hookTimeout, limit: .max, clock: hub.clock)
        self.topic = "\(name)#\(Self.number.add(1, ordering: .relaxed).newValue)"
        self.roster = Mutex(SSEChannelRoster(maxClients: options.maxClients))
    }

    // MARK: Clients

    // Who is on the channel is answered by the registry, as for broadcasts: whoever is counted is reached.

    /// How many clients there are.
    public var clientCount: Int { self.hub.query { $0.memberCount(of: self.topic) } }

    /// The names of the clients, in no particular order.
    public var clientIDs: [String] {
        let connections = self.hub.query { $0.members(of: self.topic) }
        return self.roster.withLock { roster in connections.compactMap { roster.clientID(of: $0) } }
    }

    /// Whether ``Options/maxClients`` are there, about to be, or not quite gone yet.
    public var isFull: Bool { self.roster.withLock { $0.isFull } }

    /// Whether a client is there.
    public func hasClient(_ id: String) -> Bool { self.client(id) != nil }

    /// What is known of a client; `nil` when it is not there.
    public func client(_ id: String) -> SSEClientInfo? {
        self.connection(of: id).flatMap { connection in self.hub.query { $0.info(of: connection) } }.map { self.info($0) }
    }

    /// The clients that a filter lets through, in no particular order.
    public func clients(where isIncluded: (SSEClientInfo) -> Bool = { _ in true }) -> [SSEClientInfo] {
        self.hub.query { registry in registry.members(of: self.topic).compactMap { registry.info(of: $0) } }
            .map { self.info($0) }
            .filter(isIncluded)
    }

    // MARK: Ends

    /// Ends a client's stream with an event `disconnect`.
    ///
    /// - Returns: whether it was there.
    @discardableResult
    public func disconnect(_ id: String, reason: DisconnectReason = .kicked) -> Bool {
        self.connection(of: id).map { self.hub.end([$0], reason) > 0 } ?? false
    }

    /// Ends all streams with an event `disconnect`. The channel itself can still be used.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func close(reason: DisconnectReason = .kicked) -> Int {
        self.hub.end(self.hub.query { $0.members(of: self.topic) }, reason)
    }

    func connection(of id: String) -> ConnectionID? { self.roster.withLock { $0.connection(of: id) } }

    func info(_ info: ConnectionInfo) -> SSEClientInfo {
        SSEClientInfo(
            id: self.roster.withLock { $0.clientID(of: info.id) } ?? info.id.description,
            connectionID: info.id,
            userID: info.userID,
            connectedAt: info.connectedAt,
            metadata: info.metadata
        )
    }
}
