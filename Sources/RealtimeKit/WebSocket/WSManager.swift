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

/// Everything about WebSockets that an application does from its hooks, jobs and handlers: broadcast to rooms, send, let join and leave, look
/// who is there.
///
/// Messages, memberships, metadata and counts need no `await`: they take effect in the order of the calls. A call for a connection or room
/// that does not exist does nothing and says so.
///
/// ```swift
/// try WSManager.shared.broadcast("post:created", ["doc": post], to: "posts")
/// ```
///
/// Give the manager to the application as a service, so that connections are ended in good order when the server stops:
/// `Application(router: router, server: .realtime(), services: [WSManager.shared])`.
public actor WSManager: Service, ConnectionManager {
    /// The manager that plugins use unless they are given another.
    public static let shared = WSManager(hub: WSManager.makeHub(.init(), logger: WSManager.defaultLogger, clock: SystemClock()))

    /// The connections and their rooms.
    public nonisolated let engine: ManagerEngine
    nonisolated let rules = TopicRules<WSRoomAuthorizer>()
    nonisolated let limiter: ConnectionLimiter
    nonisolated let heartbeat: WSHeartbeatState

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
        self.heartbeat = WSHeartbeatState()
    }

    static var defaultLogger: Logger { Logger(label: "rt.ws") }

    static func makeHub(
        _ configuration: EngineConfiguration,
        logger: Logger,
        clock: any EngineClock,
        outboxBudget: OutboxBudget = .shared,
        metrics: (any MetricsFactory)? = nil
    ) -> Hub {
        Hub(configuration: configuration, transport: "ws", logger: logger, clock: clock, outboxBudget: outboxBudget, metrics: metrics) {
            .close($0.closeCode, $0.description)
        }
    }

    /// Runs as a service: waits for the application's graceful shutdown, then ends all connections as ``shutdown()`` does.
    public func run() async throws {
        await self.hub.runAsService()
    }
}

extension DisconnectReason {
    /// What a client is told with the close frame.
    var closeCode: WSCloseCode {
        switch self {
        case .shutdown: .serviceRestart
        case .maxAge: .goingAway
        case .expired: .expired
        case .kicked: .forbidden
        case .pingTimeout: .pingTimeout
        case .slowConsumer: .slowConsumer
        case .limit: .limit
        case .protocolError: .protocolError
        case .failed: .internalError
        default: .normal
        }
    }
}
