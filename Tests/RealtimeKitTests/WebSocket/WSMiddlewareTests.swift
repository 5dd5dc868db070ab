//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import RealtimeKit
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Routers, groups and middleware around an endpoint.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSMiddlewareTests {
    /// Does something with the response, or instead of it.
    private struct Around<Context: RequestContext>: RouterMiddleware {
        let change: @Sendable (Request, () async throws -> Response) async throws -> Response

        func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
            try await self.change(request) { try await next(request, context) }
        }
    }

    @Test func aMiddlewareSeesTheRequestAndTheResponse() async throws {
        let seen = Recorder<String>()
        let router = Router().add(
            middleware: Around { request, next in
                let response = try await next()
                seen.add("\(request.method) \(request.uri.path) \(response.status.code)")
                return response
            }
        )
        try await TestServer.run(router.webSocket("/ws", try .forTests(WSManager()))) { server in
            let (client, _) = try await server.connected("/ws?a=b")
            #expect(seen.values == ["GET /ws 101"])
            await client.leave()
        }
    }

    @Test func aMiddlewareMayAddFieldsAndPassTheBodyOn() async throws {
        let router = Router().add(middleware: WrappingMiddleware()).add(
            middleware: Around { _, next in
                var response = try await next()
                response.headers[.server] = "mine"
                return response
            }
        )
        try await TestServer.run(router.webSocket("/ws", try .forTests(WSManager()))) { server in
            let (client, _) = try await server.connected()
            #expect(await client.head?.headers["server"] == "mine")
            try await client.join("a")
            await client.leave()
        }
    }

    @Test(arguments: [WSPath.direct, .stock]) func aWebSocketThatAMiddlewareRefusesIsNeverRegistered(path: WSPath) async throws {
        let limiter = try ConnectionLimiter(.init(total: 1))
        let manager = try WSManager(limiter: limiter)
        let ends = Recorder<DisconnectReason>()
        let hooks = WSHooks<TestUser>(onDisconnect: { ends.add($0.reason) })
        func run<Context: RequestContext>(_ router: Router<Context>, _ server: HTTPServerBuilder) async throws
        where Context: InitializableFromSource<ApplicationRequestContextSource> {
            router.add(
                middleware: Around<Context> { request, next in
                    _ = try await next()
                    if request.uri.path == "/throws" { throw HTTPError(.forbidden) }
                    return Response(status: .init(code: 418))
                }
            )
            router.webSocket("/throws", try .forTests(manager, .init(), hooks)).webSocket("/replaces", try .forTests(manager, .init(), hooks))
            try await TestServer.run(router, server: server) { server in
                for (target, status) in [("/throws", 403), ("/replaces", 418), ("/throws", 403)] {
                    let client = try await WSTestClient.open(port: server.port, target)
                    #expect(try await client.response().status == status)
                    // Our own server sees that an upgrade was asked for and not granted.
                    if path.isOurs { _ = try await client.body() }
                    await client.leave()
                    try await eventually("the place is given back") { limiter.room == 1 }
                }
                #expect(manager.connectionCount == 0)
            }
        }
        if path == .stock { try await run(Router(context: ChannelContext.self), .http1()) } else { try await run(Router(), .realtime()) }
        #expect(ends.values.isEmpty)
    }

    @Test func aMiddlewareThatTakesTheUpgradeBackEndsTheConnection() async throws {
        let manager = try WSManager()
        let router = Router().add(
            middleware: Around { _, next in
                var response = try await next()
                response.status = .ok
                return response
            }
        )
        try await TestServer.run(router.webSocket("/ws", try .forTests(manager))) { server in
            let socket = try await TestSocket.connect(port: server.port)
            let handshake = ["GET /ws HTTP/1.1", "Host: x"] + WSTestHandshake(subprotocols: []).fields
            try await socket.send(handshake.joined(separator: "\r\n") + "\r\n\r\n")
            #expect(try await !socket.receiveAll().contains("connected"))
            #expect(manager.connectionCount == 0)
            await socket.close()
        }
    }

    @Test func aGroupOfRoutesHasItsPathParameters() async throws {
        let seen = Recorder<String>()
        let router = Router()
        router.group("api/:tenant").webSocket(
            "live/:id",
            resolveUser: { request, context in try await TestUser.resolve(request, context) },
            onConnect: { info in
                seen.add("\(info.context.parameters.get("tenant") ?? "-") \(info.context.parameters.get("id") ?? "-") \(info.user?.id ?? "-")")
                return true
            },
            onJoinRoom: { info in
                seen.add("\(info.request.path ?? "-") \(info.room) \(info.userID ?? "-")")
                return true
            }
        )
        try await TestServer.run(router) { server in
            let (client, id) = try await server.connected("/api/acme/live/7?x=y", user: "alice")
            try await client.join("a")
            #expect(seen.values == ["acme 7 alice", "/api/acme/live/7?x=y a alice"])
            #expect(WSManager.shared.rooms(of: id) == ["a"])
            await client.leave()
        }
    }

    @Test func theMiddlewareFormLeavesOtherPathsAndMethodsAlone() async throws {
        let manager = try WSManager()
        try await WSPath.middleware.run(manager) { server in
            #expect(try await server.base.request("GET", "/plain").body == "plain")
            #expect(try await server.base.request("POST", "/ws").status == 404)
            #expect(try await server.base.request("GET", "/ws").status == 426)
            let (client, _) = try await server.connected("/ws/")
            await client.leave()
        }
        try await WSPath.middleware.run(manager, .with { $0.handlesAllMethods = true }) { server in
            let answers = try await [server.base.request("POST", "/ws"), server.base.request("POST", "/plain")]
            #expect(answers.map(\.status) == [405, 404])
        }
    }
}
