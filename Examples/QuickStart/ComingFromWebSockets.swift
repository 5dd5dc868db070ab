//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

/// The calls for WebSockets in docs/COMING-FROM.md: compiled, so that they stay true, and never run.
enum ComingFromWebSockets {
    static func endpoints(router: Router<BasicRequestContext>, auth: BearerTokenResolver<User>) throws {
        let user: @Sendable (Request) async throws -> User? = { _ in nil }
        var configuration = WSConfiguration()
        configuration.heartbeat = WSHeartbeat(interval: .seconds(30), timeout: .seconds(10))
        configuration.heartbeat = .disabled
        configuration.broadcasts = .anyone
        configuration.broadcasts = .disabled
        configuration.messageRate = WSMessageRate(perSecond: 10, burst: 20)
        router.webSocket("/ws")
        router.webSocket("/live")
        router.webSocket("/ws", auth: auth)
        router.webSocket("/ws", resolveUser: { request, context in try await user(request) })
        router.webSocket(
            auth: auth,
            onConnect: { $0.user != nil },
            onJoinRoom: { $0.user != nil || !$0.room.hasPrefix("private-") },
            onMessage: { info in ["type": "done"] },
            onDisconnect: { print($0.id, $0.reason) }
        )
        router.webSocket("/members", onJoinRoom: { _ in "Members only" })
        let plugin = try WebSocketPlugin<BasicRequestContext, User>(configuration: configuration, auth: auth)
        router.get("/own") { request, context in await plugin.respond(to: request, context: context) }
        router.webSocket("/ws", try WebSocketPlugin(configuration: configuration, auth: auth))
        print(plugin.manager === WSManager.shared)
    }

    static func hook(info: WSRoomInfo<User>) {
        let ws = WSManager.shared
        print(info.id, info.request, info.room, info.user?.id ?? "-", info.userID ?? "-")
        ws.setMeta(info.id, key: "userId", value: "ann")
    }

    static func manager(post: Post, id: ConnectionID) async throws {
        let ws = WSManager.shared
        _ = try WSManager()
        try ws.join(id, room: "posts")
        ws.leave(id, room: "posts")
        print(ws.members(of: "posts"), ws.rooms(of: id), ws.rooms(), ws.stats())
        print(ws.connectionCount, ws.roomCount, ws.memberCount(of: "posts"))
        try ws.send(post, to: id)
        try ws.send(post, toUser: "ann")
        try ws.broadcast("post:created", ["doc": post], to: "posts")
        try ws.broadcast(post, to: "posts")
        try ws.broadcast(post, to: "posts", excluding: [id])
        try ws.broadcastAll(post, excluding: [id])
        try ws.broadcast(.text("Good morning"), to: "posts")
        ws.setMeta(id, key: "userId", value: "ann")
        print(ws.meta(id, key: "userId", as: String.self) ?? "")
        try await ws.startHeartbeat(interval: .seconds(30), timeout: .seconds(10))
        await ws.stopHeartbeat()
        ws.pong(id)
        try ws.disconnect(id)
        try ws.room("teams/:id") { info, parameters in info.userID == parameters["id"] }
    }

    static func service(router: Router<BasicRequestContext>) -> some ApplicationProtocol {
        Application(router: router, server: .realtime(), services: [SSEManager.shared, WSManager.shared])
    }
}
