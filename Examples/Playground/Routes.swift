//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import NIOCore
import RealtimeKit

/// What the Playground offers: the page, the stream, and two routes that stand for an application's own server side.
enum Routes {
    /// The largest body that `/publish` takes.
    private static let maxBody = 8 << 20

    static func router(_ settings: Settings, _ accounts: Accounts) async throws -> Router<BasicRequestContext> {
        let router = Router()
        let page = Page.html(settings, token: try await accounts.token(for: .alice))
        router.get("/") { _, _ in
            Response(status: .ok, headers: [.contentType: "text/html; charset=utf-8"], body: .init(byteBuffer: ByteBuffer(string: page)))
        }
        try SignIn(accounts: accounts).addRoutes(to: router, settings.origins)
        router.sse("/sse", try self.stream(settings, accounts))
        router.webSocket("/ws", try self.rooms(settings, accounts))
        router.webSocket("/echo", try self.echo(settings))
        router.post("/publish") { request, _ in
            let body = try await request.body.collect(upTo: Self.maxBody)
            let publication = try Publication(body)
            return Response(
                status: .accepted,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: #"{"delivered":\#(try await publication.run())}"#))
            )
        }
        router.get("/stats") { _, _ in
            Stats(sse: SSEManager.shared.stats(), ws: WSManager.shared.stats())
        }
        router.get("/stats/outbox") { _, _ in
            OutboxStats(bytes: OutboxBudget.shared.bytes, maxBytes: OutboxBudget.shared.maxBytes)
        }
        return router
    }

    private static func stream(_ settings: Settings, _ accounts: Accounts) throws -> SSEPlugin<BasicRequestContext, DemoUser> {
        var configuration = SSEConfiguration()
        configuration.heartbeat = .event("ping", every: settings.heartbeat)
        configuration.retry = settings.retry
        configuration.maxNameLength = settings.maxNameLength
        configuration.handlesAllMethods = true
        if !settings.origins.isEmpty { configuration.cors = .origins(settings.origins) }
        return try SSEPlugin(
            configuration: configuration,
            auth: accounts.auth,
            hooks: .init(onSubscribe: { $0.user != nil || !$0.channel.hasPrefix("private-") })
        )
    }

    private static func rooms(_ settings: Settings, _ accounts: Accounts) throws -> WebSocketPlugin<BasicRequestContext, DemoUser> {
        var configuration = WSConfiguration()
        configuration.heartbeat = WSHeartbeat(interval: settings.heartbeat, timeout: settings.heartbeatTimeout)
        configuration.origin = .origins(settings.origins)
        configuration.subprotocols = ["realtime.v1"]
        configuration.maxMessageBytes = settings.maxMessageBytes
        configuration.maxRooms = settings.maxRooms
        configuration.maxNameLength = settings.maxNameLength
        configuration.handlesAllMethods = true
        return try WebSocketPlugin(
            configuration: configuration,
            auth: accounts.auth,
            hooks: .init(onJoinRoom: { $0.user != nil || !$0.room.hasPrefix("private-") })
        )
    }

    /// Sends back what comes.
    private static func echo(_ settings: Settings) throws -> WSHandler<BasicRequestContext> {
        var configuration = WSHandler<BasicRequestContext>.Configuration()
        configuration.heartbeat = .disabled
        configuration.origin = .origins(settings.origins)
        configuration.maxMessageBytes = 16 << 20
        return try WSHandler(configuration: configuration, answer: { $0 })
    }

    private struct Stats: ResponseEncodable {
        let sse: SSEStats
        let ws: WSStats
    }

    /// What waits for all clients together, and what may.
    private struct OutboxStats: ResponseEncodable {
        let bytes: Int
        let maxBytes: Int
    }
}
