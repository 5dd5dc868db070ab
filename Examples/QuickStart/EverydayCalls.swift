//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

/// The calls that the README shows: compiled, so that they stay true, and never run.
enum EverydayCalls {
    static func withoutUsers() async throws {
        // snippet: without users
        let router = Router()
        router.sse("/sse")
        router.webSocket("/ws")
        let app = Application(router: router, server: .realtime(), services: [SSEManager.shared, WSManager.shared])
        try await app.runService()
        // end
    }

    static func messages(post: Post, id: ConnectionID) async throws {
        // snippet: messages
        let sse = SSEManager.shared

        // To a channel: a value as JSON, a text as it is, or a whole event.
        try sse.broadcast("post:created", post, to: "posts")
        try sse.broadcast("notice", "Back in five minutes", to: "posts")
        try sse.broadcast(SSEEvent(event: "tick", data: "42", id: "7"), to: "prices")

        // To everyone, to one connection, to all connections of a user.
        try sse.broadcastAll("notice", ["text": "Good morning"])
        try sse.send("hello", post, to: id)
        try sse.send(.json(post, event: "hello"), toUser: "ann")

        // To a channel, but not to its sender; not to a user; only to some.
        try sse.to("chat").except(id).send("message", post)
        try sse.to("chat").except(where: { $0.userID == "ben" }).send("message", post)
        try sse.broadcast(.json(post), to: "chat", where: { $0.metadata["language", as: String.self] == "de" })

        // Wait until all event loops have dealt with it, and see what became of it.
        let receipt = try await sse.broadcastReceipt(.text("42"), to: "prices")
        print(receipt.matched, receipt.queued, receipt.dropped)
        // end
    }

    static func roomMessages(post: Post, id: ConnectionID) async throws {
        // snippet: room messages
        let ws = WSManager.shared

        // To a room: {"type":"post:created","doc":...}, any value as JSON, or a message as it is.
        try ws.broadcast("post:created", ["doc": post], to: "posts")
        try ws.broadcast(post, to: "posts")
        try ws.broadcast(.text(#"{"type":"tick","price":42}"#), to: "prices")

        // To everyone, to one connection, to all connections of a user.
        try ws.broadcastAll("notice", ["text": "Good morning"])
        try ws.send(post, to: id)
        try ws.send(post, toUser: "ann")

        // To a room, but not to its sender; only to some.
        try ws.broadcast(post, to: "chat", excluding: [id])
        try ws.broadcast(post, to: "chat", where: { $0.metadata["language", as: String.self] == "de" })

        // Wait until all event loops have dealt with it, and see what became of it.
        let receipt = try await ws.broadcastReceipt(post, to: "prices")
        print(receipt.matched, receipt.queued, receipt.dropped)
        // end
    }

    static func connections(id: ConnectionID) throws {
        // snippet: connections
        let sse = SSEManager.shared

        // Kept beside the connection until it ends; filters see it.
        sse.setMeta(id, key: "language", value: "de")
        let language = sse.meta(id, key: "language", as: String.self)

        // The server may subscribe and unsubscribe; the client is told, no hook is asked.
        try sse.subscribe(id, to: "news")
        sse.unsubscribe(id, from: "news")

        // Who is there.
        let members = sse.members(of: "news")
        let ofAnn = sse.connections(ofUser: "ann")
        let stats = sse.stats()
        print(language ?? "-", members.count, ofAnn.count, stats.connections, stats.channels)

        // The end of one connection, of a user's, of all.
        sse.disconnect(id)
        sse.disconnect(user: "ann")
        sse.disconnectAll()
        // end
    }

    static func roomConnections(id: ConnectionID) throws {
        // snippet: room connections
        let ws = WSManager.shared

        // Kept beside the connection, as with event streams.
        ws.setMeta(id, key: "language", value: "de")

        // The server may let join and leave; the client is told, no hook is asked.
        try ws.join(id, room: "news")
        ws.leave(id, room: "news")

        // Who is there.
        let members = ws.members(of: "news")
        let rooms = ws.rooms(of: id)
        let stats = ws.stats()
        print(members.count, rooms, stats.connections, stats.rooms, stats.heartbeatActive)

        // The end of one connection, of a user's, of those in a room, of all.
        try ws.disconnect(id)
        try ws.disconnect(user: "ann", code: .expired, reason: "Sign in again")
        try ws.disconnect(room: "news", code: .normal, reason: "This room is closed")
        try ws.disconnectAll()
        // end
    }

    static func patterns() throws {
        // snippet: patterns
        try SSEManager.shared.channel("news")
        try SSEManager.shared.channel("users/:id") { info, parameters in
            info.userID == parameters["id"]
        }
        try SSEManager.shared.channel("prices/*symbol", SSEChannelOptions(heartbeat: .seconds(5)))
        // end
    }

    static func settings(router: Router<BasicRequestContext>, auth: BearerTokenResolver<User>) throws {
        // snippet: settings
        // Of all connections, before the application starts.
        try SSEManager.shared.configure(EngineConfiguration(outbox: OutboxLimits(maxAge: .seconds(20), overflow: .dropOldest)))

        // Of one endpoint.
        var configuration = SSEConfiguration()
        configuration.heartbeat = .comment(every: .seconds(15))
        configuration.cors = .origins(["https://app.example.com"])
        let hooks = SSEHooks<User>(
            onConnect: { $0.user == nil ? .deny("Sign in first") : .allow },
            onSubscribe: { $0.user?.isAdmin == true || !$0.channel.hasPrefix("private-") },
            onDisconnect: { print("\($0.id) is gone: \($0.reason)") }
        )
        router.sse("/sse", try SSEPlugin(configuration: configuration, auth: auth, hooks: hooks))
        // end
    }
}
