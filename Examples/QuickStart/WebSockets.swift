//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdRouter
import RealtimeKit

/// WebSockets, as the README shows them: compiled, and never run.
enum WebSockets {
    static func rooms(router: Router<BasicRequestContext>, auth: BearerTokenResolver<User>) {
        // snippet: rooms
        router.webSocket(
            "/ws",
            auth: auth,
            onConnect: { $0.user == nil ? .deny("Sign in first") : .allow },
            onJoinRoom: { $0.user?.isAdmin == true || !$0.room.hasPrefix("private-") },
            onBroadcast: { $0.room == "news" ? .deny("The news are ours") : .allow },
            onDisconnect: { print("\($0.id) is gone: \($0.reason)") }
        )
        // end
    }

    static func patterns() throws {
        // snippet: room patterns
        try WSManager.shared.room("news")
        try WSManager.shared.room("users/:id") { info, parameters in
            info.userID == parameters["id"]
        }
        // end
    }

    static func messages(router: Router<BasicRequestContext>, auth: BearerTokenResolver<User>) throws {
        // snippet: messages of your own
        struct Rename: Decodable {
            let name: String
        }

        let hooks = WSHooks<User>(
            onJoinRoom: { $0.user != nil },
            onLeaveRoom: { info in _ = try? WSManager.shared.broadcast("user:left", ["user": info.userID], to: info.room) },
            onMessage: { info in
                switch info.type {
                case "rename":
                    let name = try info.message.decode(as: Rename.self).name
                    WSManager.shared.setMeta(info.id, key: "name", value: name)
                    return ["type": "renamed", "name": name]
                default:
                    return nil
                }
            },
            onBinary: { $0.bytes }
        )
        router.webSocket("/ws", try WebSocketPlugin(auth: auth, hooks: hooks))
        // end
    }

    static func settings(router: Router<BasicRequestContext>, auth: BearerTokenResolver<User>) throws {
        // snippet: settings
        // Of all connections, before the application starts.
        try WSManager.shared.configure(EngineConfiguration(outbox: OutboxLimits(maxBytes: 256 << 10), drainGrace: .seconds(20)))

        // Of one endpoint.
        var configuration = WSConfiguration()
        configuration.heartbeat = .pings(every: .seconds(20), timeout: .seconds(5))
        configuration.origin = .origins(["https://app.example.com"])
        configuration.subprotocols = ["chat.v2", "chat.v1"]
        configuration.messageRate = WSMessageRate(perSecond: 20, burst: 50)
        configuration.maxConnectionAge = .seconds(3600)
        let hooks = WSHooks<User>(onJoinRoom: { $0.user != nil })
        router.webSocket("/ws", try WebSocketPlugin(configuration: configuration, auth: auth, hooks: hooks))
        // end
    }

    static func heartbeat() async throws {
        // snippet: heartbeat
        try await WSManager.shared.startHeartbeat(interval: .seconds(20), timeout: .seconds(5))
        await WSManager.shared.stopHeartbeat()
        // end
    }

    static func handlers(router: Router<BasicRequestContext>) throws {
        // snippet: handlers
        // A closure for each message. It may take its time, and send as often as it likes.
        router.webSocket(
            "/upper",
            WSHandler { socket, message in
                guard let text = message.text else { return socket.close(code: .unsupportedData) }
                try await socket.send(text.uppercased())
            }
        )

        // The answer to each message, where there is nothing to wait for: no task, no switch of threads.
        router.webSocket("/echo", WSHandler(answer: { $0 }))
        // end
    }

    static func ownHandler(router: Router<BasicRequestContext>, ticker: Ticker) throws {
        // snippet: handler with settings
        var configuration = WSHandler<BasicRequestContext>.Configuration()
        configuration.maxMessageBytes = 64 << 10
        configuration.subprotocols = ["ticker.v1"]
        let handler = try WSHandler<BasicRequestContext>(
            configuration: configuration,
            onConnect: { await ticker.isOpen(to: $0.request) ? .allow : .deny("Sign in first") },
            onOpen: { socket in
                // Messages are read when this returns, so what goes on by itself has a task. It ends when `send` throws.
                Task {
                    for await price in ticker.prices() { try await socket.send(.json(["price": price])) }
                }
            },
            onClose: { socket, reason in print("\(socket.id) is gone: \(reason)") },
            onMessage: { _, message in ticker.command(message.text ?? "") }
        )
        router.webSocket("/ticker", handler)
        // end
    }

    static func routerBuilder(auth: BearerTokenResolver<User>) throws {
        // snippet: router builder
        let rooms = try WebSocketPlugin<BasicRouterRequestContext, User>(auth: auth)
        let echo = WSHandler<BasicRouterRequestContext>(answer: { $0 })
        let router = RouterBuilder(context: BasicRouterRequestContext.self) {
            Get("ws") { await rooms.respond(to: $0, context: $1) }
            Get("echo") { await echo.respond(to: $0, context: $1) }
        }
        // end
        _ = router
    }

    // MARK: What the snippets speak of

    struct Ticker: Sendable {
        func isOpen(to request: Request) async -> Bool { true }
        func prices() -> AsyncStream<Double> { AsyncStream { $0.finish() } }
        func command(_ text: String) {}
    }
}
