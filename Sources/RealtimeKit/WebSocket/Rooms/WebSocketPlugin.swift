//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird
import Logging
import NIOCore
import RealtimeCore

/// An endpoint for WebSockets with rooms.
///
/// `router.webSocket(...)` makes and mounts one. Make it yourself for settings of your own, and to call ``respond(to:context:)`` from a route
/// of your own.
public struct WebSocketPlugin<Context: RequestContext, User: Sendable>: Sendable {
    /// The manager whose connections the WebSockets become.
    public let manager: WSManager
    let configuration: WSConfiguration
    private let rooms: WSRooms<User>
    private let heartbeat: HeartbeatSource
    private let admission: Admission<Context, User>
    private let upgrade: WSUpgrade

    private init(
        manager: WSManager,
        checked configuration: WSConfiguration,
        heartbeat: HeartbeatSource,
        hooks: WSHooks<User>,
        authenticator: Authenticator<Context, User>
    ) {
        let runner = HookRunner(timeout: configuration.hookTimeout, limit: configuration.maxRunningHooks, clock: manager.hub.clock)
        self.manager = manager
        self.configuration = configuration
        self.heartbeat = heartbeat
        self.rooms = WSRooms(
            manager: manager,
            configuration: configuration,
            hooks: hooks,
            runner: runner,
            tokens: configuration.refresh.isAllowed ? TokenRefresh(authenticator.tokens) : nil
        )
        self.admission = Admission(
            hub: manager.hub,
            limiter: manager.limiter,
            denyList: manager.denyList,
            runner: runner,
            authenticator: authenticator,
            onConnect: hooks.onConnect
        )
        self.upgrade = WSUpgrade(
            origin: configuration.origin,
            limiter: manager.limiter,
            subprotocols: configuration.subprotocols,
            compression: configuration.compression,
            notice: OnceFlag()
        )
    }

    private init(
        manager: WSManager,
        configuration: WSConfiguration,
        hooks: WSHooks<User>,
        authenticator: Authenticator<Context, User>
    ) throws(RealtimeError) {
        try configuration.validate()
        self.init(
            manager: manager,
            checked: configuration,
            heartbeat: try configuration.heartbeat.makeSource(),
            hooks: hooks,
            authenticator: authenticator
        )
    }

    /// Makes an endpoint with the default settings, which need no check.
    init(manager: WSManager, defaultsWith hooks: WSHooks<User>, authenticator: Authenticator<Context, User>) {
        self.init(
            manager: manager,
            checked: WSConfiguration(),
            heartbeat: WSHeartbeat.defaultSource,
            hooks: hooks,
            authenticator: authenticator
        )
    }

    /// Makes an endpoint whose users a resolver recognises.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: WSManager = .shared,
        configuration: WSConfiguration = .init(),
        auth: some AuthResolver<User>,
        hooks: WSHooks<User> = .init()
    ) throws(RealtimeError) {
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticator: Authenticator(auth))
    }

    /// Makes an endpoint whose users a closure recognises; `nil` means anonymous.
    ///
    /// - Parameter userID: the name under which a user's connections are found; without it calls by user match nobody.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: WSManager = .shared,
        configuration: WSConfiguration = .init(),
        resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        userID: (@Sendable (User) -> String)? = nil,
        hooks: WSHooks<User> = .init()
    ) throws(RealtimeError) {
        let authenticator = Authenticator(resolveUser, userID: userID)
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticator: authenticator)
    }

    /// Makes an endpoint whose users a closure recognises and whose connections are found by the user's `id`.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: WSManager = .shared,
        configuration: WSConfiguration = .init(),
        resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        hooks: WSHooks<User> = .init()
    ) throws(RealtimeError) where User: Identifiable {
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticator: Authenticator(resolveUser))
    }

    /// Makes an endpoint without users: everyone is anonymous.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        manager: WSManager = .shared,
        configuration: WSConfiguration = .init(),
        hooks: WSHooks<User> = .init()
    ) throws(RealtimeError) where User == Anonymous {
        try self.init(manager: manager, configuration: configuration, hooks: hooks, authenticator: .anonymous)
    }

    // MARK: Handshake

    /// Answers a request: the upgrade for a handshake, or the reason why not.
    func open(_ request: Request, _ context: Context) async -> Response {
        do throws(Refused) {
            return try await self.acceptedStream(request, context)
        } catch {
            return WSUpgrade.closing(error.response, request, context)
        }
    }

    private func acceptedStream(_ request: Request, _ context: Context) async throws(Refused) -> Response {
        let refusal = Refusal(request: request, metrics: self.manager.hub.metrics, style: .serviceUnavailable)
        let handshake = try await self.upgrade.handshake(request, context, refusal)
        let seat = try self.admission.seat(for: request, context, refusal)
        let channel = try await self.upgrade.channel(of: context, refusal)
        let info = try await self.admission.admit(request, context, seat, refusal)
        let peer = WSPeer(id: info.id, authentication: info.authentication, request: WSHandshake.kept(request.head))
        let stream = WSStream(
            id: info.id,
            userID: info.userID,
            hub: self.manager.hub,
            limits: self.configuration.limits,
            deflate: self.upgrade.deflate(for: handshake),
            greeting: WSFrames.connected(info.id),
            heartbeat: self.heartbeat,
            beats: self.manager.heartbeat,
            channel: channel,
            logger: context.logger,
            seat: seat,
            lifetime: self.configuration.maxConnectionAge.map { TimeAmount($0) },
            grant: self.rooms.grant(peer),
            makeReceiver: { [rooms = self.rooms] in WSRoomReceiver(peer, rooms) },
            onClose: { [rooms = self.rooms, authentication = info.authentication, id = info.id] connectedAt, reason in
                guard let onDisconnect = rooms.hooks.onDisconnect else { return }
                let info = DisconnectInfo(id: id, authentication: authentication, connectedAt: connectedAt, reason: reason)
                rooms.runner.runDetached { await onDisconnect(info) }
            }
        )
        return stream.response(
            to: handshake,
            subprotocol: self.upgrade.subprotocol(for: handshake),
            headers: self.configuration.headers.adding(info.responseHeaders)
        )
    }
}
