//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
public import Hummingbird
import RealtimeCore
import Synchronization

/// An endpoint for event streams.
///
/// `router.sse(...)` makes and mounts one. Make it yourself to call ``respond(to:context:)`` from a route of your own.
public struct SSEPlugin<Context: RequestContext, User: Sendable>: Sendable {
    /// The manager whose connections the streams become.
    public let manager: SSEManager
    let configuration: SSEConfiguration
    let hooks: SSEHooks<User>
    let authenticate: Authenticate
    let heartbeat: HeartbeatSource
    let runner: HookRunner
    let fallbackNotice = OnceFlag()
    /// The open streams whose clients may change their channels; `nil` when none may.
    let live: SSELiveStreams<User>?
    /// Whether clients may bring another credential for an open stream.
    let refreshes: Bool

    typealias Authenticate = Admission<Context, User>.Authenticate

    private init(
        manager: SSEManager,
        checked configuration: SSEConfiguration,
        heartbeat: HeartbeatSource,
        hooks: SSEHooks<User>,
        authenticate: @escaping Authenticate,
        hasResolver: Bool
    ) {
        self.manager = manager
        self.refreshes = hasResolver && configuration.refresh.isAllowed
        self.configuration = configuration
        self.hooks = hooks
        self.authenticate = authenticate
        self.heartbeat = heartbeat
        self.live = configuration.liveSubscriptions ? SSELiveStreams() : nil
        self.runner = HookRunner(timeout: configuration.hookTimeout, limit: configuration.maxRunningHooks, clock: manager.hub.clock)
    }

    private init(
        manager: SSEManager,
        configuration: SSEConfiguration,
        hooks: SSEHooks<User>,
        authenticate: @escaping Authenticate,
        hasResolver: Bool = false
    ) throws(RealtimeError) {
        try configuration.validate()
        self.init(
            manager: manager,
            checked: configuration,
            heartbeat: try configuration.heartbeat.makeSource(),
            hooks: hooks,
            authenticate: authenticate,
            hasResolver: hasResolver
        )
    }

    /// Makes an endpoint with the default settings, which need no check.
    init(
        manager: SSEManager,
        defaultsWith hooks: SSEHooks<User>,
        authenticate: @escaping Authenticate,
        hasResolver: Bool = false
    ) {
        self.init(
            manager: manager,
            checked: SSEConfiguration(),
            heartbeat: SSEHeartbeat.defaultSource,
            hooks: hooks,
            authenticate: authenticate,
            hasResolver: hasResolver
        )
    }

    /// Makes an endpoint whose users a resolver recognises.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: SSEManager = .shared,
        configuration: SSEConfiguration = .init(),
        auth: some AuthResolver<User>,
        hooks: SSEHooks<User> = .init()
    ) throws(RealtimeError) {
        try self.init(
            manager: manager,
            configuration: configuration,
            hooks: hooks,
            authenticate: { try await auth.resolve($0, context: $1) },
            hasResolver: true
        )
    }

    /// Makes an endpoint whose users a closure recognises; `nil` means anonymous.
    ///
    /// - Parameter userID: the name under which a user's connections are found; without it calls by user match nobody.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: SSEManager = .shared,
        configuration: SSEConfiguration = .init(),
        resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        userID: (@Sendable (User) -> String)? = nil,
        hooks: SSEHooks<User> = .init()
    ) throws(RealtimeError) {
        let authenticate = Authenticator.closure(resolveUser, userID: userID)
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticate: authenticate)
    }

    /// Makes an endpoint whose users a closure recognises and whose connections are found by the user's `id`.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: SSEManager = .shared,
        configuration: SSEConfiguration = .init(),
        resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        hooks: SSEHooks<User> = .init()
    ) throws(RealtimeError) where User: Identifiable {
        try self.init(
            manager: manager,
            configuration: configuration,
            resolveUser: resolveUser,
            userID: { String(describing: $0.id) },
            hooks: hooks
        )
    }

    /// Makes an endpoint without users: everyone is anonymous.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: SSEManager = .shared,
        configuration: SSEConfiguration = .init(),
        hooks: SSEHooks<User> = .init()
    ) throws(RealtimeError) where User == Anonymous {
        try self.init(manager: manager, configuration: configuration, hooks: hooks) { _, _ in .none }
    }
}
