//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import Logging
package import Metrics
package import NIOCore
import Synchronization

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The engine behind one manager: the registry, and one shard per event loop.
///
/// Everything that changes members or sends messages takes the hub's lock for as long as it takes to look up who is meant and to append
/// to the mailboxes of their loops. That makes one order for all, and no socket is touched meanwhile.
package final class Hub: Sendable {
    struct State {
        var registry = TopicRegistry<Connection>()
        /// Who has the connections, as far as they are not anonymous.
        var holders: [ConnectionID: Holder] = [:]
        var shards: [Shard] = []
        var shardIndices: [ObjectIdentifier: Int] = [:]
        var configuration: EngineConfiguration
        /// Connections whose transport is not gone yet; those being ended are still counted here.
        var live = 0
        var hasServed = false
        /// The shutdown under way.
        var drain: Task<Void, Never>?
        /// Services that will drain the hub when the application stops.
        var drainers = 0

        /// Forgets a connection.
        @discardableResult
        mutating func remove(_ id: ConnectionID) -> Connection? {
            self.holders[id] = nil
            return self.registry.remove(id)
        }
    }

    package let clock: any EngineClock
    package let metrics: EngineMetrics
    package let log: EngineLog
    package let outboxBudget: OutboxBudget
    let state: Mutex<State>
    /// How many connections take compressed messages.
    let deflating = Atomic(0)
    private let makeFarewell: @Sendable (DisconnectReason) -> WireMessage?

    /// Makes a hub.
    ///
    /// - Parameters:
    ///   - transport: the value of the metrics' `transport` dimension.
    ///   - outboxBudget: what may wait for all connections, those of other hubs too.
    ///   - metrics: where its numbers go; `nil` for where all of the process go.
    ///   - farewell: what a connection is told before the server ends it.
    package init(
        configuration: EngineConfiguration,
        transport: String,
        logger: Logger,
        clock: any EngineClock,
        outboxBudget: OutboxBudget,
        metrics: (any MetricsFactory)? = nil,
        farewell: @escaping @Sendable (DisconnectReason) -> WireMessage?
    ) {
        self.state = Mutex(State(configuration: configuration))
        self.clock = clock
        self.metrics = EngineMetrics(transport: transport, factory: metrics)
        self.log = EngineLog(logger)
        self.outboxBudget = outboxBudget
        self.makeFarewell = farewell
    }

    /// The settings in force.
    package var configuration: EngineConfiguration { self.state.withLock { $0.configuration } }

    /// Replaces the settings.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/alreadyServing`` after the first connection.
    package func configure(_ configuration: EngineConfiguration) throws(RealtimeError) {
        try configuration.validate()
        let hasServed = self.state.withLock { state in
            if !state.hasServed { state.configuration = configuration }
            return state.hasServed
        }
        if hasServed {
            throw RealtimeError(.alreadyServing, "the manager has served connections; configure it before the application starts")
        }
    }

    /// The shard of an event loop, made on first use.
    package func shard(for loop: any EventLoop) -> Shard {
        let key = ObjectIdentifier(loop)
        let (shard, isNew) = self.state.withLock { state in
            state.hasServed = true
            if let index = state.shardIndices[key] { return (state.shards[index], false) }
            let shard = Shard(
                loop: loop,
                index: state.shards.count,
                clock: self.clock,
                limits: state.configuration.outbox,
                maxMailboxBytes: state.configuration.maxMailboxBytes,
                metrics: self.metrics,
                outboxBudget: self.outboxBudget
            )
            state.shardIndices[key] = shard.index
            state.shards.append(shard)
            return (shard, true)
        }
        if isNew { shard.connectToClock() }
        return shard
    }

    // MARK: Connections

    /// Adds a connection: it is a member of its topics from this moment on, and the greeting is the first that it gets.
    ///
    /// To be called on the connection's event loop.
    package func register(
        _ connection: Connection,
        topics: [(name: String, heartbeat: TimeAmount?)],
        metadata: ConnectionMetadata,
        connectedAt: Date,
        greeting: WireMessage?,
        grant: AuthorityGrant? = nil
    ) {
        self.metrics.connected()
        connection.renew(grant?.term)
        if connection.takesDeflated { self.deflating.add(1, ordering: .relaxed) }
        let result = self.state.withLock { state in
            state.live += 1
            let ids = state.registry.insert(
                connection.id,
                handle: connection,
                shard: connection.shard.index,
                userID: connection.userID,
                connectedAt: connectedAt,
                metadata: metadata,
                topics: topics.map(\.name)
            )
            state.holders[connection.id] = grant.map { Holder($0) }
            let subscriptions = zip(ids, topics).map { TopicSubscription(topic: $0, heartbeat: $1.heartbeat) }
            return connection.shard.post(.attach(connection, subscriptions, greeting: greeting))
        }
        if result == .wake { connection.shard.run() }
    }

    /// A connection's transport is gone.
    func disconnected(_ connection: Connection, _ reason: DisconnectReason) {
        if connection.takesDeflated { self.deflating.subtract(1, ordering: .relaxed) }
        self.state.withLock { state in
            state.live -= 1
            // An id may have been taken over by a newer connection.
            if state.registry.handle(of: connection.id)?.handle === connection { state.remove(connection.id) }
        }
        self.metrics.disconnected(reason)
        self.log.disconnected(connection, reason)
    }

    /// A connection that is being ended is no longer found.
    func forget(_ connection: Connection) {
        self.state.withLock { state in
            if state.registry.handle(of: connection.id)?.handle === connection { state.remove(connection.id) }
        }
    }

    func farewell(_ reason: DisconnectReason) -> WireMessage? { self.makeFarewell(reason) }

    /// Gives all present connections another heartbeat.
    package func beat(_ source: HeartbeatSource) {
        let shards = self.state.withLock { state in state.shards.filter { $0.post(.beat(source)) == .wake } }
        for shard in shards { shard.wake() }
    }

    /// Ends connections in an orderly way. They leave their topics at once.
    ///
    /// - Parameter farewell: the last message for them; `nil` for the hub's own.
    /// - Returns: how many of the ids were connected.
    @discardableResult
    package func end(_ ids: [ConnectionID], _ reason: DisconnectReason, farewell: WireMessage? = nil) -> Int {
        let (count, shards) = self.state.withLock { state in
            var count = 0
            var shards: [Shard] = []
            for id in ids {
                guard let connection = state.remove(id) else { continue }
                count += 1
                if connection.shard.post(.end(connection, reason, farewell: farewell)) == .wake { shards.append(connection.shard) }
            }
            return (count, shards)
        }
        for shard in shards { shard.wake() }
        return count
    }

    /// A connection's client has shown that it is there.
    ///
    /// - Returns: whether the connection is known.
    package func received(from id: ConnectionID) -> Bool {
        guard let connection = self.query({ $0.handle(of: id)?.handle }) else { return false }
        connection.shard.loop.execute { connection.received() }
        return true
    }

    // MARK: Topics

    /// What became of a subscription.
    package enum SubscribeResult: Sendable {
        /// The connection is a member of the topic, now or already before.
        case done
        case unknownConnection
        /// The connection has as many topics as it may.
        case tooMany
    }

    /// Adds a connection to a topic.
    ///
    /// - Parameter limit: the most topics that the connection may have.
    package func subscribe(
        _ id: ConnectionID,
        to topic: String,
        heartbeat: TimeAmount?,
        notice: WireMessage?,
        atMost limit: Int = .max
    ) -> SubscribeResult {
        let (result, shard) = self.state.withLock { state -> (SubscribeResult, Shard?) in
            switch state.registry.subscribe(id, to: topic, atMost: limit) {
            case .unknownConnection:
                return (.unknownConnection, nil)
            case .alreadyMember:
                return (.done, nil)
            case .tooMany:
                return (.tooMany, nil)
            case .subscribed(let connection, _, let topicID):
                let subscription = TopicSubscription(topic: topicID, heartbeat: heartbeat)
                let result = connection.shard.post(.subscribe(connection, subscription, notice: notice))
                return (.done, result == .wake ? connection.shard : nil)
            }
        }
        shard?.wakeAtOnce()
        return result
    }

    /// Takes a connection from a topic.
    ///
    /// - Parameter done: called on the connection's event loop once no message of the topic comes any more, if it was a member.
    /// - Returns: whether it was a member.
    package func unsubscribe(
        _ id: ConnectionID,
        from topic: String,
        notice: WireMessage?,
        done: (@Sendable () -> Void)? = nil
    ) -> Bool {
        let (wasMember, shard) = self.state.withLock { state -> (Bool, Shard?) in
            guard case .unsubscribed(let connection, _, let topicID) = state.registry.unsubscribe(id, from: topic) else {
                return (false, nil)
            }
            let result = connection.shard.post(.unsubscribe(connection, topicID, notice: notice, done: done))
            return (true, result == .wake ? connection.shard : nil)
        }
        shard?.wakeAtOnce()
        return wasMember
    }

    // MARK: Registry

    /// Answers a question about who is connected and subscribed.
    package func query<Answer: Sendable>(_ body: (borrowing TopicRegistry<Connection>) -> Answer) -> Answer {
        self.state.withLock { body($0.registry) }
    }

    /// Keeps a value beside a connection; `nil` removes it.
    ///
    /// - Returns: whether the connection is known.
    package func setMetadata(_ value: (any Sendable)?, forKey key: String, of id: ConnectionID) -> Bool {
        self.state.withLock { $0.registry.setMetadata(value, forKey: key, of: id) }
    }
}
