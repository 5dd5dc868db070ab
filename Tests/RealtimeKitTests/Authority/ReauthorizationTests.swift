//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Asking anew about what a connection has: what cannot be said yes to is taken away.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ReauthorizationTests {
    private struct Failure: Error, CustomStringConvertible {
        var description: String { "hunter2" }
    }

    private static let alice = ["Authorization: Bearer alice/100//"]

    @Test func aHookThatThrowsDenies() async throws {
        let isBroken = Recorder<Void>()
        let log = LogRecorder()
        let streams = try SSEManager(denyList: DenyList(), logger: log.logger)
        let sockets = try WSManager(denyList: DenyList(), logger: log.logger)
        let mayHave = { @Sendable in
            if !isBroken.values.isEmpty { throw Failure() }
            return true
        }
        let router = Router()
        router.sse("/sse", try SSEPlugin(manager: streams, auth: TimedTokens(), hooks: .init(onSubscribe: { _ in try mayHave() })))
        router.webSocket("/ws", try WebSocketPlugin(manager: sockets, auth: TimedTokens(), hooks: .init(onJoinRoom: { _ in try mayHave() })))
        try await TestServer.run(router) { server in
            let (stream, _) = try await SSETestClient.connected(port: server.port, "/sse?channel=a", headers: Self.alice)
            let (socket, id) = try await WSTestClient.connected(port: server.port, headers: Self.alice)
            try await socket.join("a")
            isBroken.add(())
            #expect(await streams.reauthorize(user: "alice") == 1)
            #expect(await sockets.reauthorize(user: "alice") == 1)
            try await stream.expect("unsubscribed", #"{"channel":"a"}"#)
            try await stream.expect("unauthorized", #"{"channel":"a","message":"Access denied to channel 'a'"}"#)
            try await socket.expect(#"{"type":"left","room":"a"}"#)
            try await socket.expectError("denied", "Access denied to room 'a'")
            #expect(sockets.rooms(of: id).isEmpty)
            await socket.leave()
            await stream.close()
        }
        #expect(log.records.values.contains { $0.contains("A hook failed") })
        #expect(!log.records.values.contains { $0.contains("hunter2") })
    }

    @Test func whatNoPatternKnowsAnyMoreIsTakenAway() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (stream, _) = try await SSETestClient.connected(port: server.port, "/sse?channel=a", headers: Self.alice)
            let (socket, _) = try await WSTestClient.connected(port: server.port, headers: Self.alice)
            try await socket.join("a")
            try test.streams.channel("b")
            try test.sockets.room("b")
            #expect(await test.streams.reauthorize(user: "alice") == 1)
            #expect(await test.sockets.reauthorize(user: "alice") == 1)
            try await stream.expect("unsubscribed", #"{"channel":"a"}"#)
            try await socket.expect(#"{"type":"left","room":"a"}"#)
            await socket.leave()
            await stream.close()
        }
    }

    @Test func aStreamThatCannotBeAskedAboutLosesItsChannels() async throws {
        let manager = try SSEManager(denyList: DenyList())
        var configuration = SSEConfiguration()
        configuration.maxRunningHooks = 2
        let (asked, answer) = (Recorder<Void>(), Gate())
        let hooks = SSEHooks<TestUser>(onSubscribe: { info in
            guard info.channel == "slow" else { return true }
            asked.add(())
            await answer.pass()
            return true
        })
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(
            manager: manager,
            configuration: configuration,
            auth: TimedTokens(),
            hooks: hooks
        )
        try await TestServer.run(Router().sse("/sse", plugin)) { server in
            let (stream, _) = try await SSETestClient.connected(port: server.port, "/sse?channel=a", headers: Self.alice)
            // More than may be asked about at a time.
            var others: [SSETestClient] = []
            for _ in 0..<8 { others.append(try await SSETestClient.open(port: server.port, "/sse?channel=slow")) }
            try await eventually("no more hooks may run") { asked.values.count == 2 }
            #expect(await manager.reauthorize(user: "alice") == 1)
            try await stream.expect("unsubscribed", #"{"channel":"a"}"#)
            try await stream.expect("unauthorized", #"{"channel":"a","message":"Access denied to channel 'a'"}"#)
            answer.open()
            for client in others + [stream] { await client.close() }
        }
    }
}
