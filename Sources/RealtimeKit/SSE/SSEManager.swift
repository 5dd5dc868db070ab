//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Logging
package import Metrics
public import ServiceLifecycle

/// Everything about Server-Sent Events that an application does from its hooks, jobs and handlers: broadcast, send, subscribe, look who is
/// there.
///
/// Messages, subscriptions, metadata and counts need no `await`: they take effect in the order of the calls. A call for a connection or
/// channel that does not exist does nothing and says so.
///
/// ```swift
/// try SSEManager.shared.broadcast("post:created", post, to: "posts")
/// ```
///
/// Give the manager to the application as a service, so that open streams are ended in good order when the server stops:
/// `Application(router: router, server: .realtime(), services: [SSEManager.shared])`.
public actor SSEManager: Service, ConnectionManager {
    /// The manager that plugins use unless they are given another.
    public static let shared = SSEManager(hub: SSEManager.makeHub(EngineConfiguration(), logger: SSEManager.defaultLogger))

    /// The connections and their channels.
    public nonisolated let engine: ManagerEngine
    nonisolated let rules = TopicRules<SSEChannelOptions>()
    nonisolated let limiter: ConnectionLimiter

    /// Makes a manager of its own, apart from ``shared``.
    ///
    /// - Parameters:
    ///   - limiter: what counts the connections; by default the one of the whole process.
    ///   - denyList: what refuses those who were kicked; by default the one of the whole process.
    ///   - outboxBudget: what may wait for all connections together; by default the one of the whole process.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        configuration: EngineConfiguration = .init(),
        limiter: ConnectionLimiter = .shared,
        denyList: DenyList = .shared,
        outboxBudget: OutboxBudget = .shared,
        logger: Logger? = nil
    ) throws(RealtimeError) {
        try self.init(
            configuration: configuration,
            limiter: limiter,
            denyList: denyList,
            outboxBudget: outboxBudget,
            clock: SystemClock(),
            logger: logger
        )
    }

    /// Makes a manager with a clock that a test drives, and numbers that it reads.
    package init(
        configuration: EngineConfiguration = .init(),
        limiter: ConnectionLimiter = .shared,
        denyList: DenyList = .shared,
        outboxBudget: OutboxBudget = .shared,
        clock: any EngineClock,
        metrics: (any MetricsFactory)? = nil,
        logger: Logger? = nil
    ) throws(RealtimeError) {
        try configuration.validate()
        let hub = Self.makeHub(configuration, logger: logger ?? Self.defaultLogger, clock: clock, outboxBudget: outboxBudget, metrics: metrics)
        self.init(hub: hub, limiter: limiter, denyList: denyList)
    }

    private init(hub: Hub, limiter: ConnectionLimiter = .shared, denyList: DenyList = .shared) {
        self.engine = ManagerEngine(hub: hub, denyList: denyList)
        self.limiter = limiter
    }

    static var defaultLogger: Logger { Logger(label: "rt.sse") }

    static func makeHub(
        _ configuration: EngineConfiguration,
        logger: Logger,
        clock: any EngineClock = SystemClock(),
        outboxBudget: OutboxBudget = .shared,
        metrics: (any MetricsFactory)? = nil
    ) -> Hub {
        Hub(
            configuration: configuration,
            transport: "sse",
            logger: logger,
            clock: clock,
            outboxBudget: outboxBudget,
            metrics: metrics,
            farewell: SSEMessages.farewell
        )
    }

    // MARK: Life cycle

    /// Runs as a service: waits for the application's graceful shutdown, then ends all streams as ``shutdown()`` does.
    public func run() async throws {
        await self.hub.runAsService()
    }
}

extension Hub {
    /// Waits for the application's graceful shutdown, then drains.
    func runAsService() async {
        self.addDrainer()
        defer { self.removeDrainer() }
        try? await gracefulShutdown()
        await self.drain()
    }
}
