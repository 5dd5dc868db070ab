//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import HummingbirdRouter
import HummingbirdTLS
import RealtimeKit
import RealtimeKitHTTP2
import RealtimeKitTesting
import Testing

/// A way from an application to its WebSockets. All have to behave alike.
enum WSPath: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// Written past NIO where the system allows it.
    case direct
    /// Written through NIO.
    case throughNIO
    /// Under TLS.
    case tls
    /// HTTP/1.1 by the server for HTTP/2.
    case http2ServerSpeakingHTTP1
    /// A server of Hummingbird's, taken over because the context knows the channel.
    case stock
    /// The same under TLS.
    case stockTLS
    /// HummingbirdRouter instead of Hummingbird's own.
    case routerBuilder
    /// The plugin as a middleware.
    case middleware
    /// A group of routes with a context of its own.
    case childContext

    var testDescription: String { self.rawValue }

    /// Those that differ in what is below the bytes.
    static let servers: [WSPath] = [.direct, .throughNIO, .tls, .http2ServerSpeakingHTTP1, .stock, .stockTLS]

    /// Whether the server is one of RealtimeKit's own.
    var isOurs: Bool { self != .stock && self != .stockTLS }

    fileprivate var isTLS: Bool { self == .tls || self == .stockTLS || self == .http2ServerSpeakingHTTP1 }

    /// The server of this path.
    func builder() throws -> HTTPServerBuilder {
        switch self {
        case .tls: try .tls(.realtime(), tlsConfiguration: TestCertificate.server())
        case .http2ServerSpeakingHTTP1: try .realtimeHTTP2(tlsConfiguration: TestCertificate.server())
        case .stock: .http1()
        case .stockTLS: try .tls(.http1(), tlsConfiguration: TestCertificate.server())
        default: .realtime()
        }
    }

    /// A manager of its own.
    func manager(clock: ManualClock? = nil) throws -> WSManager {
        let configuration = EngineConfiguration(directSocketWrites: self != .throughNIO)
        guard let clock else { return try WSManager(configuration: configuration) }
        return try WSManager(configuration: configuration, clock: clock)
    }

    /// Runs an application with an endpoint with rooms at `/ws` and a route at `/plain` on this path.
    func run(
        _ manager: WSManager,
        _ configuration: WSConfiguration = .init(),
        _ hooks: WSHooks<TestUser> = .init(),
        server: HTTPServerBuilder? = nil,
        _ test: @Sendable @escaping (Server) async throws -> Void
    ) async throws {
        try await self.run(WSRoomEndpoint(manager: manager, configuration: configuration, hooks: hooks), server: server, test)
    }

    /// Runs an application with an endpoint at `/ws` and a route at `/plain` on this path.
    func run(
        _ endpoint: some WSEndpoint,
        server: HTTPServerBuilder? = nil,
        _ test: @Sendable @escaping (Server) async throws -> Void
    ) async throws {
        func run(_ router: some TestRouter) async throws {
            try await TestServer.run(router, server: try server ?? self.builder()) { server in
                try await test(Server(base: server, path: self))
            }
        }
        func plain<Context: RequestContext>(_ context: Context.Type = BasicRequestContext.self) -> Router<Context> {
            Router(context: context).get("plain") { _, _ in "plain" }
        }
        switch self {
        case .stock, .stockTLS:
            let router = plain(ChannelContext.self)
            try endpoint.mount(on: router, "/ws")
            try await run(router)
        case .routerBuilder:
            let respond = try endpoint.responder(for: BasicRouterRequestContext.self)
            try await run(
                RouterBuilder(context: BasicRouterRequestContext.self) {
                    Get("ws") { request, context in await respond(request, context) }
                    Get("plain") { _, _ in "plain" }
                }
            )
        case .middleware:
            let router = plain()
            try endpoint.add(asMiddlewareTo: router)
            try await run(router)
        case .childContext:
            let router = plain()
            try endpoint.mount(on: router.group(context: ChildContext.self), "/ws")
            try await run(router)
        default:
            let router = plain()
            try endpoint.mount(on: router, "/ws")
            try await run(router)
        }
    }
}

extension WSPath {
    /// A server on this path.
    struct Server: Sendable {
        let base: TestServer
        let path: WSPath

        /// Connects, without a request.
        func socket(receiveBuffer: Int? = nil) async throws -> TestSocket {
            let isTLS = self.path.isTLS
            return try await TestSocket.connect(port: self.base.port, receiveBuffer: receiveBuffer) { channel in
                if isTLS { try TestCertificate.addClientHandler(to: channel, applicationProtocols: ["http/1.1"]) }
            }
        }

        /// Sends a handshake, on a connection that is there or one of its own.
        func open(
            on socket: TestSocket? = nil,
            _ target: String = "/ws",
            headers: [String] = [],
            options: WSTestClient.Options = .init()
        ) async throws -> WSTestClient {
            let connection: TestSocket
            if let socket { connection = socket } else { connection = try await self.socket(receiveBuffer: options.receiveBuffer) }
            return try await WSTestClient.open(
                on: connection,
                authority: "127.0.0.1:\(self.base.port)",
                target,
                headers: headers,
                options: options
            )
        }

        /// Opens a WebSocket and waits for its first message.
        func connected(
            _ target: String = "/ws",
            headers: [String] = [],
            options: WSTestClient.Options = .init()
        ) async throws -> (client: WSTestClient, id: ConnectionID) {
            let client = try await self.open(target, headers: headers, options: options)
            return (client, try await client.connectionID())
        }
    }
}
