//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import RealtimeCore

/// An endpoint for WebSockets that an application speaks its own protocol on: no rooms, no greeting, no messages but its own.
///
/// ```swift
/// router.webSocket("/echo", WSHandler { socket, message in
///     try await socket.send(message)
/// })
/// ```
///
/// The closure is called for one message of a connection after the other, and may take as long as it likes. While it works, and while what it
/// sent has not gone out, nothing more is read from that client, its close frame included: one that does not read holds up itself alone, and is
/// never dropped for it. When the connection is gone, the closure's task is cancelled. An error that it throws ends the connection with 1011.
///
/// Where the answer to a message needs no waiting, there is a quicker form that costs no task: `WSHandler(answer: { $0 })` is the same echo.
public struct WSHandler<Context: RequestContext>: Sendable {
    /// Deals with a message.
    public typealias OnMessage = @Sendable (WSSocket, WSMessage) async throws -> Void
    /// The answer to a message; `nil` for none. Called on the connection's event loop, so it must not block.
    public typealias Answer = @Sendable (WSMessage) throws -> WSMessage?
    /// Decides about a connection, before it is upgraded. A denial is answered with 401; a thrown `HTTPError` keeps its status, its message
    /// is not sent; any other error is a denial; a timeout of 10 s asks the client to come back later.
    public typealias OnConnect = @Sendable (ConnectInfo<Anonymous>) async throws -> any AccessResult
    /// Is told that a connection has begun. Messages are read when it returns. An error that it throws ends the connection with 1011.
    public typealias OnOpen = @Sendable (WSSocket) async throws -> Void
    /// Is told once for every connection that it has ended.
    public typealias OnClose = @Sendable (WSSocket, DisconnectReason) async -> Void

    private let configuration: Configuration
    private let heartbeat: HeartbeatSource
    private let behaviour: WSBehaviour
    private let admission: Admission<Context, Anonymous>
    private let upgrade: WSUpgrade

    private init(_ configuration: Configuration, _ heartbeat: HeartbeatSource, onConnect: OnConnect?, _ behaviour: WSBehaviour) {
        self.configuration = configuration
        self.heartbeat = heartbeat
        self.behaviour = behaviour
        let hub = WSBehaviour.hub
        let runner = HookRunner(timeout: .seconds(10), limit: 10_000, clock: hub.clock)
        self.admission = Admission(
            hub: hub,
            limiter: .shared,
            denyList: .shared,
            runner: runner,
            authenticator: .anonymous,
            onConnect: onConnect
        )
        self.upgrade = WSUpgrade(
            origin: configuration.origin,
            limiter: .shared,
            subprotocols: configuration.subprotocols,
            compression: configuration.compression,
            notice: OnceFlag()
        )
    }

    /// Makes an endpoint with the default settings.
    public init(onConnect: OnConnect? = nil, onOpen: OnOpen? = nil, onClose: OnClose? = nil, onMessage: @escaping OnMessage) {
        let behaviour = WSBehaviour(onOpen: onOpen, onMessage: .work(onMessage), onClose: onClose)
        self.init(Configuration(), WSHeartbeat.pingSource, onConnect: onConnect, behaviour)
    }

    /// Makes an endpoint with the default settings that answers messages at once.
    public init(onConnect: OnConnect? = nil, onOpen: OnOpen? = nil, onClose: OnClose? = nil, answer: @escaping Answer) {
        let behaviour = WSBehaviour(onOpen: onOpen, onMessage: .answer(answer), onClose: onClose)
        self.init(Configuration(), WSHeartbeat.pingSource, onConnect: onConnect, behaviour)
    }

    /// Makes an endpoint.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        configuration: Configuration,
        onConnect: OnConnect? = nil,
        onOpen: OnOpen? = nil,
        onClose: OnClose? = nil,
        onMessage: @escaping OnMessage
    ) throws(RealtimeError) {
        try self.init(configuration, onConnect: onConnect, WSBehaviour(onOpen: onOpen, onMessage: .work(onMessage), onClose: onClose))
    }

    /// Makes an endpoint that answers messages at once.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        configuration: Configuration,
        onConnect: OnConnect? = nil,
        onOpen: OnOpen? = nil,
        onClose: OnClose? = nil,
        answer: @escaping Answer
    ) throws(RealtimeError) {
        try self.init(configuration, onConnect: onConnect, WSBehaviour(onOpen: onOpen, onMessage: .answer(answer), onClose: onClose))
    }

    private init(_ configuration: Configuration, onConnect: OnConnect?, _ behaviour: WSBehaviour) throws(RealtimeError) {
        try configuration.validate()
        self.init(configuration, try configuration.heartbeat.makeSource(), onConnect: onConnect, behaviour)
    }

    /// Registers the endpoint, for GET, with a router or a group of routes.
    ///
    /// - Returns: the router, for chaining.
    @discardableResult
    public func addRoutes<Router: RouterMethods<Context>>(to router: Router, path: RouterPath = "/ws") -> Router {
        router.on(path, method: .get) { request, context in await self.respond(to: request, context: context) }
        return router
    }

    /// Answers a request: the upgrade for a handshake, or the reason why not. For routes of your own, and for HummingbirdRouter.
    public func respond(to request: Request, context: Context) async -> Response {
        guard request.method == .get else { return WSUpgrade.closing(WSUpgrade.methodNotAllowed, request, context) }
        do throws(Refused) {
            return try await self.acceptedStream(request, context)
        } catch {
            return WSUpgrade.closing(error.response, request, context)
        }
    }

    private func acceptedStream(_ request: Request, _ context: Context) async throws(Refused) -> Response {
        let refusal = Refusal(request: request, metrics: self.admission.hub.metrics, style: .serviceUnavailable)
        let handshake = try await self.upgrade.handshake(request, context, refusal)
        let seat = try self.admission.seat(for: request, context, refusal)
        let channel = try await self.upgrade.channel(of: context, refusal)
        let info = try await self.admission.admit(request, context, seat, refusal)
        let subprotocol = self.upgrade.subprotocol(for: handshake)
        let socket = WSSocket(id: info.id, request: WSHandshake.kept(request.head), subprotocol: subprotocol, eventLoop: channel.eventLoop)
        let behaviour = self.behaviour
        let stream = WSStream(
            id: info.id,
            userID: nil,
            hub: self.admission.hub,
            limits: self.configuration.limits,
            deflate: self.upgrade.deflate(for: handshake),
            greeting: nil,
            heartbeat: self.heartbeat,
            channel: channel,
            logger: context.logger,
            seat: seat,
            lifetime: self.configuration.maxConnectionAge.map { TimeAmount($0) },
            // Nothing is read while something waits, so this cannot grow by what the client asks for.
            outbox: OutboxLimits(maxBytes: .max, maxAge: .seconds(86_400)),
            makeReceiver: { WSHandlerReceiver(socket, behaviour) },
            onOpen: { connection, session in
                socket.opened(connection, session)
                if let session { behaviour.open(socket, session) }
            },
            onClose: { _, reason in
                socket.ended()
                if let onClose = behaviour.onClose { Task { await onClose(socket, reason) } }
            }
        )
        return stream.response(to: handshake, subprotocol: subprotocol, headers: self.configuration.headers)
    }
}

extension WSHandler {
    /// The settings of an endpoint without rooms.
    public struct Configuration: Sendable {
        /// How the end of an idle connection is noticed; a protocol ping every 30 s by default, with 10 s to answer.
        public var heartbeat = WSHeartbeat.pings()
        /// Which pages may connect; only those of the server's own origin by default.
        public var origin: OriginPolicy = .sameOrigin
        /// The subprotocols that are spoken (RFC 6455 §1.9), the best first; none by default. The first that a client offers is chosen.
        public var subprotocols: [String] = []
        /// Whether `permessage-deflate` (RFC 7692) is agreed upon with clients that offer it, as browsers do; on by default. Messages of 256
        /// bytes or more are compressed, each by itself. Do not send secrets and a stranger's text in one compressed message: its length
        /// tells of what they have in common.
        public var compression = true
        /// The longest message from a client in bytes; 1 MiB by default, 1 byte to 1 GiB. A longer one ends the connection with 1009.
        public var maxMessageBytes = 1 << 20
        /// The most frames that a message may come in; 100,000 by default, at least 1. More end the connection with 1009.
        public var maxFragments = 100_000
        /// How long a connection may last, 1 s to 1 year; `nil`, the default, for as long as it likes. It ends with 1001.
        public var maxConnectionAge: Duration?
        /// More header fields of the response.
        public var headers: HTTPFields = [:]

        /// Makes the default settings.
        public init() {}

        var limits: WSLimits { WSLimits(maxMessageBytes: self.maxMessageBytes, maxFragments: self.maxFragments) }

        func validate() throws(RealtimeError) {
            try self.origin.validate()
            try self.limits.validate()
            try WSUpgrade.validate(subprotocols: self.subprotocols)
            try ConnectionAge.validate(self.maxConnectionAge)
        }
    }
}
