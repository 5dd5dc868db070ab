//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird
import RealtimeCore

/// An endpoint for event streams.
///
/// `router.sse(...)` makes and mounts one. Make it yourself to call ``respond(to:context:)`` from a route of your own.
public struct SSEPlugin<Context: RequestContext, User: Sendable>: Sendable {
    /// The manager whose connections the streams become.
    public var manager: SSEManager { self.endpoint.manager }
    let endpoint: SSEEndpoint<Context, User>

    private init(
        manager: SSEManager,
        configuration: SSEConfiguration,
        hooks: SSEHooks<User>,
        authenticator: Authenticator<Context, User>
    ) throws(RealtimeError) {
        try configuration.validate()
        self.endpoint = SSEEndpoint(
            manager: manager,
            configuration: configuration,
            heartbeat: try configuration.heartbeat.makeSource(),
            hooks: hooks,
            authenticator: authenticator
        )
    }

    /// Makes an endpoint with the default settings, which need no check.
    init(manager: SSEManager, defaultsWith hooks: SSEHooks<User>, authenticator: Authenticator<Context, User>) {
        self.endpoint = SSEEndpoint(
            manager: manager,
            configuration: SSEConfiguration(),
            heartbeat: SSEHeartbeat.defaultSource,
            hooks: hooks,
            authenticator: authenticator
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
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticator: Authenticator(auth))
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
        let authenticator = Authenticator(resolveUser, userID: userID)
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticator: authenticator)
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
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticator: Authenticator(resolveUser))
    }

    /// Makes an endpoint without users: everyone is anonymous.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: SSEManager = .shared,
        configuration: SSEConfiguration = .init(),
        hooks: SSEHooks<User> = .init()
    ) throws(RealtimeError) where User == Anonymous {
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticator: .anonymous)
    }
}
