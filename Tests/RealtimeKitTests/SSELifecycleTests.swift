//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Heartbeats, ends and shutdown.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSELifecycleTests {
    private func endpoint(_ manager: SSEManager, _ configuration: SSEConfiguration = .init()) throws -> Router<BasicRequestContext> {
        let router = Router()
        router.get("plain") { _, _ in "plain" }
        return router.sse(
            "/sse",
            try SSEPlugin(
                manager: manager,
                configuration: configuration,
                resolveUser: { request, context in try await TestUser.resolve(request, context) }
            )
        )
    }

    // MARK: Heartbeat

    @Test func thePingCarriesTheTimeEveryThirtySeconds() async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        try await TestServer.run(self.endpoint(manager)) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            try await clock.advance(by: .milliseconds(29_900))
            try manager.broadcast(.text("before"), to: "a")
            #expect(try await client.next().data == "before")
            try await clock.advance(by: .milliseconds(200))
            let ping = try await client.next()
            #expect(ping.event == "ping")
            #expect(ping.data.wholeMatch(of: /\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}/) != nil, "\(ping.data)")
            try await clock.advance(by: .seconds(30))
            #expect(try await client.next().event == "ping")
        }
    }

    @Test func heartbeatsCanBeEventsOfOnesOwnCommentsOrOff() async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        var own = SSEConfiguration()
        own.heartbeat = .event("keepalive", data: ["ok": true], every: .seconds(60))
        var comment = SSEConfiguration()
        comment.heartbeat = .comment("still\nhere", every: .seconds(60))
        var off = SSEConfiguration()
        off.heartbeat = .disabled
        let router = Router()
        router.sse("/own", try SSEPlugin(manager: manager, configuration: own))
        router.sse("/comment", try SSEPlugin(manager: manager, configuration: comment))
        router.sse("/off", try SSEPlugin(manager: manager, configuration: off))
        try await TestServer.run(router) { server in
            let (own, _) = try await SSETestClient.connected(port: server.port, "/own")
            let (comment, _) = try await SSETestClient.connected(port: server.port, "/comment")
            let (off, _) = try await SSETestClient.connected(port: server.port, "/off")
            try await clock.advance(by: .seconds(61))
            let event = try await own.next()
            #expect(event.event == "keepalive")
            #expect(event.data == #"{"ok":true}"#)
            #expect(try await comment.nextComment() == "still")
            #expect(try await comment.nextComment() == "here")
            try manager.broadcastAll(.text("end"))
            #expect(try await off.next().data == "end")
            #expect(await off.comments.isEmpty)
        }
    }

    @Test func theShortestIntervalOfTheGrantedChannelsCounts() async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        try manager.channel("fast/:id", .init(heartbeat: .seconds(5)))
        try manager.channel("slow")
        try await TestServer.run(self.endpoint(manager)) { server in
            let (client, id) = try await SSETestClient.connected(port: server.port, "/sse?channels=slow")
            try manager.subscribe(id, to: "fast/1")
            #expect(try await client.next().event == "subscribed")
            try await clock.advance(by: .milliseconds(5_100))
            #expect(try await client.next().event == "ping")
            manager.unsubscribe(id, from: "fast/1")
            #expect(try await client.next().event == "unsubscribed")
            try await clock.advance(by: .seconds(20))
            try manager.broadcast(.text("no ping before this"), to: "slow")
            #expect(try await client.next().data == "no ping before this")
            try await clock.advance(by: .seconds(11))
            #expect(try await client.next().event == "ping")
        }
    }

    // MARK: Patterns

    @Test func patternsDecideOnceThereAreAny() async throws {
        let manager = try SSEManager()
        try manager.channel("announcements")
        try manager.channel("users/:id") { info, parameters in info.userID == parameters["id"] }
        try manager.channel("teams/:teamId/updates") { _, parameters in parameters["teamId", as: Int.self] == 7 }
        try manager.channel("broken") { _, _ in throw CancellationError() }
        try await TestServer.run(self.endpoint(manager)) { server in
            let (client, id) = try await SSETestClient.connected(
                port: server.port,
                "/sse?channels=announcements,users/alice,users/bob,teams/7/updates,teams/8/updates,broken,else",
                headers: ["From: alice"]
            )
            #expect(manager.channels(of: id) == ["announcements", "users/alice", "teams/7/updates"])
            #expect(try manager.broadcast(.text("yours"), to: "users/alice") == 1)
            #expect(try await client.next("message").data == "yours")
        }
    }

    // MARK: Ends

    @Test func aConnectionAUserOrAllCanBeEnded() async throws {
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        let router = Router()
        router.sse(
            "/sse",
            try SSEPlugin(
                manager: manager,
                resolveUser: { request, context in try await TestUser.resolve(request, context) },
                hooks: .init(onDisconnect: { ends.add($0.reason) })
            )
        )
        try await TestServer.run(router) { server in
            let (one, id) = try await SSETestClient.connected(port: server.port)
            let (alice, _) = try await SSETestClient.connected(port: server.port, headers: ["From: alice"])
            let (bob, _) = try await SSETestClient.connected(port: server.port, headers: ["From: bob"])
            #expect(manager.disconnect(id))
            #expect(!manager.disconnect(id))
            #expect(manager.connectionCount == 2)
            #expect(manager.disconnect(user: "alice", reason: .expired) == 1)
            #expect(manager.disconnectAll(reason: .limit) == 1)
            for (client, data) in [
                (one, #"{"reason":"kicked","reconnect":false}"#),
                (alice, #"{"reason":"expired","reconnect":true}"#),
                (bob, #"{"reason":"limit","reconnect":true}"#),
            ] {
                let last = try await client.untilEnd().last
                #expect(last?.event == "disconnect")
                #expect(last?.data == data)
                #expect(await client.endedCleanly)
            }
            try await eventually("every end was reported") { ends.values.count == 3 }
            #expect(Set(ends.values) == [.kicked, .expired, .limit])
        }
        #expect(ends.values.count == 3)
    }

    @Test(arguments: [true, false]) func streamsEndCleanlyWhenTheServerStops(withService: Bool) async throws {
        let manager = try SSEManager()
        try await TestServer.run(self.endpoint(manager), services: withService ? [manager] : []) { server in
            var clients: [SSETestClient] = []
            for _ in 0..<120 { clients.append(try await SSETestClient.connected(port: server.port).client) }
            await server.stop()
            for client in clients {
                let last = try await client.untilEnd().last
                #expect(last?.event == "disconnect")
                #expect(last?.data == #"{"reason":"shutdown","reconnect":true}"#)
                #expect(await client.endedCleanly)
                #expect((1000...5000).contains(await client.retry ?? 0))
            }
            await server.untilStopped()
            try await eventually("nobody is left") { manager.connectionCount == 0 }
        }
    }

    @Test func streamsThroughTheWriterEndWhenTheServerStops() async throws {
        let manager = try SSEManager()
        try await TestServer.run(self.endpoint(manager), server: .http1(), services: [manager]) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port)
            await server.stop()
            #expect(try await client.untilEnd().last?.event == "disconnect")
            #expect(await client.endedCleanly)
            await server.untilStopped()
        }
    }

    @Test func aShutdownIsSpreadAndAsksNewcomersToComeBackLater() async throws {
        let clock = ManualClock()
        let manager = try SSEManager(configuration: .init(drainGrace: .seconds(1)), clock: clock)
        try await TestServer.run(self.endpoint(manager)) { server in
            var clients: [SSETestClient] = []
            for _ in 0..<120 { clients.append(try await SSETestClient.connected(port: server.port).client) }
            let drain = Task { await manager.shutdown() }
            try await eventually("the first are ended") { manager.connectionCount == 70 && clock.sleeperCount == 1 }
            let newcomer = try await SSETestClient.open(port: server.port)
            #expect(try await newcomer.body().contains("come back later"))
            try await clock.run(until: drain)
            for client in clients { #expect(try await client.untilEnd().last?.event == "disconnect") }
            let (late, _) = try await SSETestClient.connected(port: server.port)
            await late.close()
        }
    }

    // MARK: Settings

    @Test func badSettingsAreRefusedWithWhatIsAccepted() {
        var outbox = EngineConfiguration()
        outbox.outbox.maxBytes = 0
        #expect(throws: RealtimeError.self) { try SSEManager(configuration: outbox) }
        var changes: [(inout SSEConfiguration) -> Void] = []
        changes.append { $0.retry = -1 }
        changes.append { $0.maxChannelsPerConnection = 0 }
        changes.append { $0.maxNameLength = 256 }
        changes.append { $0.hookTimeout = .zero }
        changes.append { $0.maxRunningHooks = 0 }
        changes.append { $0.heartbeat = .event("a\nb") }
        changes.append { $0.heartbeat = .comment(every: .zero) }
        changes.append { $0.heartbeat = .event(data: Double.nan) }
        changes.append { $0.cors = .origins(["https://a.example/path"]) }
        changes.append { $0.cors = .origins(["*"]) }
        for change in changes {
            var configuration = SSEConfiguration()
            change(&configuration)
            let error = #expect(throws: RealtimeError.self) {
                try SSEPlugin<BasicRequestContext, Anonymous>(manager: SSEManager(), configuration: configuration)
            }
            #expect(error?.code == .invalidConfiguration)
        }
    }

    @Test func theEngineIsConfiguredBeforeItServes() async throws {
        let manager = try SSEManager()
        try manager.configure(.init(drainGrace: .seconds(1)))
        try await TestServer.run(self.endpoint(manager)) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port)
            let error = #expect(throws: RealtimeError.self) { try manager.configure(.init()) }
            #expect(error?.code == .alreadyServing)
            await client.close()
        }
    }
}
