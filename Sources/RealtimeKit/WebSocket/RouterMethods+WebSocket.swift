//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

extension RouterMethods {
    /// Mounts a WebSocket endpoint with rooms, without users. Settings, `onLeaveRoom` and `onBinary` are given to a ``WebSocketPlugin``.
    ///
    /// - Parameters:
    ///   - path: where.
    ///   - onConnect: decides about a connection; see ``WSHooks/OnConnect``.
    ///   - onJoinRoom: decides about joining a room; see ``WSHooks/OnJoinRoom``.
    ///   - onBroadcast: decides about a client's message to a room; see ``WSHooks/OnBroadcast``.
    ///   - onMessage: answers messages of the application's own types; see ``WSHooks/OnMessage``.
    ///   - onDisconnect: is told once for every connection; see ``WSHooks/OnDisconnect``.
    /// - Returns: the router, for chaining.
    @discardableResult
    public func webSocket(
        _ path: RouterPath = "/ws",
        onConnect: WSHooks<Anonymous>.OnConnect? = nil,
        onJoinRoom: WSHooks<Anonymous>.OnJoinRoom? = nil,
        onBroadcast: WSHooks<Anonymous>.OnBroadcast? = nil,
        onMessage: WSHooks<Anonymous>.OnMessage? = nil,
        onDisconnect: WSHooks<Anonymous>.OnDisconnect? = nil
    ) -> Self {
        let hooks = WSHooks(
            onConnect: onConnect,
            onJoinRoom: onJoinRoom,
            onBroadcast: onBroadcast,
            onMessage: onMessage,
            onDisconnect: onDisconnect
        )
        return self.mount(path, hooks, .anonymous)
    }

    /// Mounts a WebSocket endpoint with rooms whose users a resolver recognises.
    ///
    /// - Parameter auth: recognises the user behind a request. The other parameters are those of the form without users.
    @discardableResult
    public func webSocket<User: Sendable>(
        _ path: RouterPath = "/ws",
        auth: some AuthResolver<User>,
        onConnect: WSHooks<User>.OnConnect? = nil,
        onJoinRoom: WSHooks<User>.OnJoinRoom? = nil,
        onBroadcast: WSHooks<User>.OnBroadcast? = nil,
        onMessage: WSHooks<User>.OnMessage? = nil,
        onDisconnect: WSHooks<User>.OnDisconnect? = nil
    ) -> Self {
        let hooks = WSHooks(
            onConnect: onConnect,
            onJoinRoom: onJoinRoom,
            onBroadcast: onBroadcast,
            onMessage: onMessage,
            onDisconnect: onDisconnect
        )
        return self.mount(path, hooks, Authenticator(auth))
    }

    /// Mounts a WebSocket endpoint with rooms whose users a closure recognises.
    ///
    /// - Parameters:
    ///   - resolveUser: the user behind a request, or `nil` for an anonymous one; an error refuses the request for the time being.
    ///   - userID: the name under which a user's connections are found; without it calls by user match nobody.
    ///
    /// The other parameters are those of the form without users.
    @discardableResult
    public func webSocket<User: Sendable>(
        _ path: RouterPath = "/ws",
        resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        userID: (@Sendable (User) -> String)? = nil,
        onConnect: WSHooks<User>.OnConnect? = nil,
        onJoinRoom: WSHooks<User>.OnJoinRoom? = nil,
        onBroadcast: WSHooks<User>.OnBroadcast? = nil,
        onMessage: WSHooks<User>.OnMessage? = nil,
        onDisconnect: WSHooks<User>.OnDisconnect? = nil
    ) -> Self {
        let hooks = WSHooks(
            onConnect: onConnect,
            onJoinRoom: onJoinRoom,
            onBroadcast: onBroadcast,
            onMessage: onMessage,
            onDisconnect: onDisconnect
        )
        return self.mount(path, hooks, Authenticator(resolveUser, userID: userID))
    }

    /// Mounts a WebSocket endpoint with rooms whose users a closure recognises and whose connections are found by the user's `id`.
    ///
    /// The parameters are those of the form for users that are not `Identifiable`.
    @discardableResult
    public func webSocket<User: Sendable & Identifiable>(
        _ path: RouterPath = "/ws",
        resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        onConnect: WSHooks<User>.OnConnect? = nil,
        onJoinRoom: WSHooks<User>.OnJoinRoom? = nil,
        onBroadcast: WSHooks<User>.OnBroadcast? = nil,
        onMessage: WSHooks<User>.OnMessage? = nil,
        onDisconnect: WSHooks<User>.OnDisconnect? = nil
    ) -> Self {
        self.webSocket(
            path,
            resolveUser: resolveUser,
            userID: { String(describing: $0.id) },
            onConnect: onConnect,
            onJoinRoom: onJoinRoom,
            onBroadcast: onBroadcast,
            onMessage: onMessage,
            onDisconnect: onDisconnect
        )
    }

    /// Mounts an endpoint that was made with settings of its own: `router.webSocket("/ws", try WebSocketPlugin(configuration: ...))`.
    @discardableResult
    public func webSocket<User: Sendable>(_ path: RouterPath = "/ws", _ plugin: WebSocketPlugin<Context, User>) -> Self {
        plugin.addRoutes(to: self, path: path)
    }

    /// Mounts a WebSocket without rooms: `router.webSocket("/echo", WSHandler { socket, message in ... })`.
    @discardableResult
    public func webSocket(_ path: RouterPath = "/ws", _ handler: WSHandler<Context>) -> Self {
        handler.addRoutes(to: self, path: path)
    }

    private func mount<User: Sendable>(_ path: RouterPath, _ hooks: WSHooks<User>, _ authenticator: Authenticator<Context, User>) -> Self {
        WebSocketPlugin(manager: .shared, defaultsWith: hooks, authenticator: authenticator).addRoutes(to: self, path: path)
    }
}
