//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdRouter
import HummingbirdTLS
import NIOCore
import RealtimeKit
import RealtimeKitHTTP2
import RealtimeKitTesting
import ServiceLifecycle
import Testing

/// A way from an application to its clients. All have to behave alike.
enum TransportPath: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// Taken over, written past NIO where the system allows it.
    case direct
    /// Taken over, written through NIO.
    case throughNIO
    /// Taken over, under TLS.
    case tls
    /// Taken over, for a client that speaks HTTP/1.0: no chunks.
    case http10
    /// A server of Hummingbird's, taken over because the context knows the channel.
    case channelContext
    /// Handlers that are not known: parts are written into the channel.
    case unknownPipeline
    /// HTTP/2 by our own server.
    case http2
    /// HTTP/1.1 by the same server.
    case http2ServerSpeakingHTTP1
    /// HTTP/2 by Hummingbird's server, with a context that knows the channel.
    case http2ChannelContext
    /// HTTP/2 by Hummingbird's server, with a context that does not.
    case http2Writer
    /// HTTP/1.1 by Hummingbird's server, with a context that does not know the channel.
    case writer
    /// A middleware changes what is written.
    case wrappedWriter
    /// HummingbirdRouter instead of Hummingbird's own.
    case routerBuilder
    /// The plugin as a middleware.
    case middleware
    /// A group of routes with a context of its own.
    case childContext

    var testDescription: String { self.rawValue }

    /// Whether the end of a client's connection is noticed at once, and not with the next write.
    var noticesEnds: Bool { self != .writer && self != .http2Writer }

    private var isTLS: Bool {
        switch self {
        case .tls, .http2, .http2ServerSpeakingHTTP1, .http2ChannelContext, .http2Writer: true
        default: false
        }
    }

    private var isHTTP2: Bool { self == .http2 || self == .http2ChannelContext || self == .http2Writer }

    private func builder() throws -> HTTPServerBuilder {
        switch self {
        case .tls: try .tls(.realtime(), tlsConfiguration: TestCertificate.server())
        case .http2, .http2ServerSpeakingHTTP1: try .realtimeHTTP2(tlsConfiguration: TestCertificate.server())
        case .http2ChannelContext, .http2Writer: try .http2Upgrade(tlsConfiguration: TestCertificate.server())
        case .channelContext, .writer: .http1()
        case .unknownPipeline: StrangeServer.builder
        default: .realtime()
        }
    }

    /// A server on this path.
    struct Server: Sendable {
        let base: TestServer
        let path: TransportPath

        /// Sends a request.
        func open(
            _ target: String = "/sse",
            method: String = "GET",
            headers: [String] = [],
            receiveBuffer: Int? = nil
        ) async throws -> SSETestClient {
            if self.path.isHTTP2 {
                return SSETestClient(try await HTTP2TestExchange(port: self.base.port, method: method, target: target, headers: headers))
            }
            let isTLS = self.path.isTLS
            let socket = try await TestSocket.connect(port: self.base.port, receiveBuffer: receiveBuffer) { channel in
                if isTLS { try TestCertificate.addClientHandler(to: channel, applicationProtocols: ["http/1.1"]) }
            }
            return try await SSETestClient.open(
                on: socket,
                authority: "127.0.0.1:\(self.base.port)",
                target,
                method: method,
                version: self.path == .http10 ? "1.0" : "1.1",
                headers: headers
            )
        }

        /// Opens a stream and waits for its first event.
        func connected(
            _ target: String = "/sse",
            headers: [String] = [],
            receiveBuffer: Int? = nil
        ) async throws -> (client: SSETestClient, id: ConnectionID) {
            let client = try await self.open(target, headers: headers, receiveBuffer: receiveBuffer)
            return (client, try await client.connectionID())
        }
    }

    /// Runs an application with an endpoint at `/sse` on this path.
    func run(
        _ manager: SSEManager,
        configuration: SSEConfiguration = .init(),
        hooks: SSEHooks<TestUser> = .init(),
        services: [any Service] = [],
        routes: any TestRoutes = NoRoutes(),
        _ test: @Sendable @escaping (Server) async throws -> Void
    ) async throws {
        func plugin<Context: RequestContext>(_ context: Context.Type = Context.self) throws -> SSEPlugin<Context, TestUser> {
            try SSEPlugin(
                manager: manager,
                configuration: configuration,
                resolveUser: { request, context in try await TestUser.resolve(request, context) },
                hooks: hooks
            )
        }
        func run(_ router: some TestRouter) async throws {
            try await TestServer.run(router, server: try self.builder(), services: services) { server in
                try await test(Server(base: server, path: self))
            }
        }
        func withRoutes<Router: RouterMethods>(_ router: Router) -> Router {
            routes.add(to: router)
            return router
        }
        switch self {
        case .routerBuilder:
            let plugin = try plugin(BasicRouterRequestContext.self)
            try await run(
                RouterBuilder(context: BasicRouterRequestContext.self) {
                    Get("sse") { request, context in await plugin.respond(to: request, context: context) }
                    Head("sse") { request, context in await plugin.respond(to: request, context: context) }
                }
            )
        case .channelContext, .http2ChannelContext, .unknownPipeline:
            try await run(withRoutes(Router(context: ChannelContext.self)).sse("/sse", try plugin()))
        case .wrappedWriter:
            try await run(withRoutes(Router().add(middleware: WrappingMiddleware())).sse("/sse", try plugin()))
        case .middleware:
            try await run(withRoutes(Router().add(middleware: try plugin().middleware(path: "/sse"))))
        case .childContext:
            let router = Router()
            withRoutes(router.group(context: ChildContext.self)).sse("/sse", try plugin())
            try await run(router)
        default:
            try await run(withRoutes(Router()).sse("/sse", try plugin()))
        }
    }
}
