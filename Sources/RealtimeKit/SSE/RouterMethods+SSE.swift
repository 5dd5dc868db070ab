//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

extension RouterMethods {
    /// Mounts an event-stream endpoint without users.
    ///
    /// - Parameters:
    ///   - path: where.
    ///   - onConnect: decides about a stream; see ``SSEHooks/OnConnect``.
    ///   - onSubscribe: decides about one channel of a stream; see ``SSEHooks/OnSubscribe``.
    ///   - onDisconnect: is told once for every connection; see ``SSEHooks/OnDisconnect``.
    /// - Returns: the router, for chaining.
    @discardableResult
    public func sse(
        _ path: RouterPath = "/sse",
        onConnect: SSEHooks<Anonymous>.OnConnect? = nil,
        onSubscribe: SSEHooks<Anonymous>.OnSubscribe? = nil,
        onDisconnect: SSEHooks<Anonymous>.OnDisconnect? = nil
    ) -> Self {
        let hooks = SSEHooks(onConnect: onConnect, onSubscribe: onSubscribe, onDisconnect: onDisconnect)
        return self.mount(path, hooks, .anonymous)
    }

    /// Mounts an event-stream endpoint whose users a resolver recognises.
    ///
    /// - Parameters:
    ///   - path: where.
    ///   - auth: recognises the user behind a request.
    ///   - onConnect: decides about a stream; see ``SSEHooks/OnConnect``.
    ///   - onSubscribe: decides about one channel of a stream; see ``SSEHooks/OnSubscribe``.
    ///   - onDisconnect: is told once for every connection; see ``SSEHooks/OnDisconnect``.
    /// - Returns: the router, for chaining.
    @discardableResult
    public func sse<User: Sendable>(
        _ path: RouterPath = "/sse",
        auth: some AuthResolver<User>,
        onConnect: SSEHooks<User>.OnConnect? = nil,
        onSubscribe: SSEHooks<User>.OnSubscribe? = nil,
        onDisconnect: SSEHooks<User>.OnDisconnect? = nil
    ) -> Self {
        let hooks = SSEHooks(onConnect: onConnect, onSubscribe: onSubscribe, onDisconnect: onDisconnect)
        return self.mount(path, hooks, Authenticator(auth))
    }

    /// Mounts an event-stream endpoint whose users a closure recognises.
    ///
    /// - Parameters:
    ///   - path: where.
    ///   - resolveUser: the user behind a request, or `nil` for an anonymous one; an error refuses the request for the time being.
    ///   - userID: the name under which a user's connections are found; without it calls by user match nobody.
    ///   - onConnect: decides about a stream; see ``SSEHooks/OnConnect``.
    ///   - onSubscribe: decides about one channel of a stream; see ``SSEHooks/OnSubscribe``.
    ///   - onDisconnect: is told once for every connection; see ``SSEHooks/OnDisconnect``.
    /// - Returns: the router, for chaining.
    @discardableResult
    public func sse<User: Sendable>(
        _ path: RouterPath = "/sse",
        resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        userID: (@Sendable (User) -> String)? = nil,
        onConnect: SSEHooks<User>.OnConnect? = nil,
        onSubscribe: SSEHooks<User>.OnSubscribe? = nil,
        onDisconnect: SSEHooks<User>.OnDisconnect? = nil
    ) -> Self {
        let hooks = SSEHooks(onConnect: onConnect, onSubscribe: onSubscribe, onDisconnect: onDisconnect)
        return self.mount(path, hooks, Authenticator(resolveUser, userID: userID))
    }

    /// Mounts an event-stream endpoint whose users a closure recognises and whose connections are found by the user's `id`.
    ///
    /// The other parameters are those of the form for users that are not `Identifiable`.
    @discardableResult
    public func sse<User: Sendable & Identifiable>(
        _ path: RouterPath = "/sse",
        resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        onConnect: SSEHooks<User>.OnConnect? = nil,
        onSubscribe: SSEHooks<User>.OnSubscribe? = nil,
        onDisconnect: SSEHooks<User>.OnDisconnect? = nil
    ) -> Self {
        let hooks = SSEHooks(onConnect: onConnect, onSubscribe: onSubscribe, onDisconnect: onDisconnect)
        return self.mount(path, hooks, Authenticator(resolveUser))
    }

    /// Mounts an endpoint that was made with settings of its own: `router.sse("/sse", try SSEPlugin(configuration: ...))`.
    @discardableResult
    public func sse<User: Sendable>(_ path: RouterPath = "/sse", _ plugin: SSEPlugin<Context, User>) -> Self {
        plugin.addRoutes(to: self, path: path)
    }

    private func mount<User: Sendable>(_ path: RouterPath, _ hooks: SSEHooks<User>, _ authenticator: Authenticator<Context, User>) -> Self {
        SSEPlugin(manager: .shared, defaultsWith: hooks, authenticator: authenticator).addRoutes(to: self, path: path)
    }
}
