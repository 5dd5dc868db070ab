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
import HummingbirdTLS
import Logging
import RealtimeKit
import RealtimeKitHTTP2
import RealtimeKitTesting
import ServiceLifecycle

/// A route handler that does not know the type of its context.
struct TestRoute: Sendable {
    let respond: @Sendable (Request, any RequestContext) async throws -> any ResponseGenerator

    init(_ respond: @escaping @Sendable (Request, any RequestContext) async throws -> any ResponseGenerator) {
        self.respond = respond
    }

    fileprivate func add<Context: RequestContext>(to router: Router<Context>) -> Router<Context> {
        for method in [.get, .head] as [HTTPRequest.Method] {
            router.on("/sse", method: method) { request, context in
                try await self.respond(request, context).response(from: request, context: context)
            }
        }
        return router
    }
}

extension TransportPath {
    /// The ways that differ for the stream of a route handler.
    static let routes: [TransportPath] = [.direct, .tls, .http10, .channelContext, .unknownPipeline, .http2, .http2Writer, .writer, .wrappedWriter]
    /// One that is taken over, and one that is not.
    static let twoRoutes: [TransportPath] = [.direct, .writer]

    /// Runs an application that answers requests for `/sse` with a route handler, on one of ``routes``.
    func run(
        _ route: TestRoute,
        services: [any Service] = [],
        logger: Logger = .silent,
        _ test: @Sendable @escaping (Server) async throws -> Void
    ) async throws {
        func run<Context: RequestContext>(_ router: Router<Context>, _ builder: HTTPServerBuilder) async throws
        where Context: InitializableFromSource<ApplicationRequestContextSource> {
            try await TestServer.run(route.add(to: router), server: builder, services: services, logger: logger) { server in
                try await test(Server(base: server, path: self))
            }
        }
        switch self {
        case .tls: try await run(Router(), .tls(.realtime(), tlsConfiguration: TestCertificate.server()))
        case .channelContext: try await run(Router(context: ChannelContext.self), .http1())
        case .unknownPipeline: try await run(Router(context: ChannelContext.self), StrangeServer.builder)
        case .http2: try await run(Router(), .realtimeHTTP2(tlsConfiguration: TestCertificate.server()))
        case .http2Writer: try await run(Router(), .http2Upgrade(tlsConfiguration: TestCertificate.server()))
        case .writer: try await run(Router(), .http1())
        case .wrappedWriter: try await run(Router().add(middleware: WrappingMiddleware()), .realtime())
        default: try await run(Router(), .realtime())
        }
    }
}

extension TransportPath.Server {
    /// Opens a stream that begins without an event, and waits until it is open.
    func stream(_ target: String = "/sse", headers: [String] = [], receiveBuffer: Int? = nil) async throws -> SSETestClient {
        let client = try await self.open(target, headers: headers, receiveBuffer: receiveBuffer)
        let comment = try await client.nextComment()
        guard comment == "open" else { throw UnexpectedComment(text: comment) }
        return client
    }

    private struct UnexpectedComment: Error {
        let text: String
    }
}
