//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

/// The calls in docs/COMING-FROM.md: compiled, so that they stay true, and never run.
enum ComingFrom {
    static func endpoints(router: Router<BasicRequestContext>, auth: BearerTokenResolver<User>) throws {
        let user: @Sendable (Request) async throws -> User? = { _ in nil }
        var configuration = SSEConfiguration()
        configuration.heartbeat = .default
        configuration.heartbeat = .event("keepalive", data: ["ok": true], every: .seconds(60))
        configuration.heartbeat = .comment("heartbeat", every: .seconds(30))
        configuration.heartbeat = .disabled
        configuration.cors = .any
        configuration.cors = .origins(["https://app.example.com"])
        configuration.requireChannels = true
        configuration.denyStreamIfNoChannelGranted = true
        configuration.unknownChannels = .allow
        configuration.strictAccept = true
        configuration.liveSubscriptions = true
        configuration.headers = [.cacheControl: "no-store"]
        router.sse("/events")
        router.sse("/_sse")
        router.sse("/sse", auth: auth)
        router.sse("/sse", try SSEPlugin(configuration: configuration, auth: auth))
        router.sse("/_sse", try SSEPlugin(configuration: configuration))
        router.sse("/sse", resolveUser: { request, context in try await user(request) })
        router.group().add(middleware: MetricsMiddleware()).sse("/sse")
        router.sse(
            auth: auth,
            onConnect: { $0.user != nil },
            onSubscribe: { $0.user != nil || !$0.channel.hasPrefix("private-") },
            onDisconnect: { print($0.id, $0.reason) }
        )
        let results: [any AccessResult.Type] = [Bool.self, String.self, AccessDecision.self]
        print(results)
    }

    static func manager(post: Post, id: ConnectionID, other: ConnectionID) async throws {
        let sse = SSEManager.shared
        _ = try SSEManager()
        try sse.subscribe(id, to: "posts")
        sse.unsubscribe(id, from: "posts")
        print(sse.members(of: "posts"), sse.channels(of: id), sse.channels(), sse.stats())
        print(sse.connectionCount, sse.subscriberCount(of: "chat"), sse.activeChannels)
        try sse.send("post:created", post, to: id)
        try sse.send(.json(post), toUser: "ann")
        try sse.broadcast("post:created", post, to: "posts")
        try sse.broadcast("post:created", post, to: "posts", excluding: [id])
        try sse.broadcastAll("notice", "Good morning", excluding: [id])
        sse.setMeta(id, key: "language", value: "de")
        print(sse.meta(id, key: "language", as: String.self) ?? "")

        try sse.channel("announcements")
        try sse.channel("users/:id") { info, parameters in info.userID == parameters["id"] }
        try sse.channel("files/*path")
        try sse.channel("prices", SSEChannelOptions(heartbeat: .seconds(5)))
        let authorizer: SSEAuthorizer = { info, _ in info.user != nil }
        try sse.channel("secret", authorize: authorizer)

        try sse.to("users/42").send("alert", post)
        try sse.to("users/42").send("alert")
        try sse.to("users/42").data(post)
        try sse.to("chat").except(id, other).send("typing")
        try sse.to("chat").except(where: { $0.userID == "ben" }).send("typing")
        try await sse.progress(of: "uploads/42") { update in try await update(30, "Resizing") }
    }

    static func events(post: Post, bytes: AsyncStream<ByteBuffer>) async throws {
        _ = SSEEvent.text("Good morning")
        _ = try SSEEvent.json(post)
        _ = SSEEvent(event: "tick", data: "42", id: "7", retry: 5000)
        _ = try SSEEvent(event: "tick", data: "42").encoded()
        _ = SSEEvent.encodedComment("text")
        _ = SSEParser()
        for try await event in bytes.sseEvents() { print(event.data) }
    }

    static func responses(post: Post, bytes: ByteBuffer, events: AsyncStream<SSEEvent>, isAdmin: Bool) throws -> [SSEResponse] {
        guard isAdmin else { throw HTTPError(.forbidden) }
        return [
            SSEResponse(events: events),
            SSEResponse.progress { update in try await update(30, "Resizing") },
            SSEResponse { stream in try await stream.send("tick", post) },
            SSEResponse { stream in
                try await stream.send("progress", post, id: "7")
                try await stream.sendRaw("data: raw message\n\n")
                await stream.closed
                stream.close()
            },
            SSEResponse.bytes { writer in try await writer.write(bytes) },
        ]
    }

    static func ownChannel(alerts: SSEChannel, request: Request, context: BasicRequestContext, post: Post) throws -> [Response] {
        _ = try SSEChannel("alerts", options: .init(maxClients: 1000))
        _ = SSEChannel.Options(heartbeat: .comment(every: .seconds(30)))
        _ = SSEChannel.Options(maxClients: 1000)
        _ = SSEChannel.Options(headers: [.cacheControl: "no-store"])
        print(alerts.name, alerts.clientCount, alerts.clientIDs, alerts.isFull)
        try alerts.broadcast("alert", post)
        try alerts.broadcast("alert", post, retry: 5000)
        try alerts.broadcast("alert", post, where: { $0.id != "kitchen" })
        try alerts.send("alert", post, to: "kitchen")
        try alerts.send(SSEEvent(event: "alert", data: "Fire", id: "7"), to: "kitchen")
        print(alerts.hasClient("kitchen"), alerts.client("kitchen")?.metadata["role", as: String.self] ?? "")
        print(alerts.clients(where: { $0.userID == "ann" }).count)
        alerts.disconnect("kitchen")
        alerts.close()
        return [
            alerts.respond(to: request, context: context),
            alerts.respond(
                to: request,
                context: context,
                clientID: "kitchen",
                metadata: ["role": "admin"],
                headers: [.cacheControl: "no-store"],
                duplicates: .reject,
                onConnect: { client in _ = try alerts.send("initial", post, to: client.id) },
                onDisconnect: { client, reason in print(client.id, reason) }
            ),
        ]
    }

    static func ownChannels(router: Router<BasicRequestContext>, post: Post) throws -> some ApplicationProtocol {
        _ = try ChannelManager(defaults: .init(maxClients: 100))
        _ = try ChannelManager(removeEmptyAfter: .seconds(60))
        let channels = try ChannelManager()
        print(channels.get("alerts")?.name ?? "", channels.has("alerts"))
        _ = try channels.getOrCreate("alerts")
        try channels.create("alerts", options: .init(maxClients: 1000))
        print(channels.channelNames, channels.channelCount, channels.totalClients, channels.stats())
        try channels.broadcastAll("alert", post)
        channels.remove("alerts")
        channels.removeEmpty()
        channels.closeAll()
        return Application(router: router, server: .realtime(), services: [SSEManager.shared, channels])
    }
}
