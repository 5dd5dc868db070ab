//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// What the application is told of a channel's clients: that they came, and once for each of them that they left.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEChannelHooksTests {
    private struct Failed: Error, CustomStringConvertible {
        let description = "the password is 1234"
    }

    // MARK: They come

    @Test(arguments: TransportPath.routes) func whoHasJustComeCanBeSentTo(path: TransportPath) async throws {
        let channel = try SSEChannel("dashboard")
        let route = TestRoute.channel(
            channel,
            onConnect: { client in
                #expect(channel.hasClient(client.id))
                #expect(try channel.send("initial", ["role": client.metadata["role", as: String.self]], to: client.id))
                try channel.broadcast("joined", client.id, where: { $0.id != client.id })
            }
        )
        try await path.run(route) { server in
            let first = try await server.open("/sse?id=a&role=admin")
            try await first.expect("initial", #"{"role":"admin"}"#)
            let second = try await server.open("/sse?id=b&role=guest")
            try await second.expect("initial", #"{"role":"guest"}"#)
            try await first.expect("joined", "b")
            try channel.broadcast("end", "")
            for client in [first, second] {
                try await client.expect("end")
                await client.close()
            }
        }
    }

    @Test func nobodyWaitsForTheHookOfAClient() async throws {
        let channel = try SSEChannel("news")
        let gate = Gate()
        let route = TestRoute.channel(channel, onConnect: { _ in await gate.pass() })
        try await TransportPath.direct.run(route) { server in
            let client = try await server.stream("/sse?id=a")
            try await eventually("it is there") { channel.clientCount == 1 }
            try channel.broadcast("during", "the hook")
            try await client.expect("during", "the hook")
            gate.open()
        }
    }

    @Test(arguments: TransportPath.twoRoutes) func anErrorOfTheHookEndsTheStream(path: TransportPath) async throws {
        let channel = try SSEChannel("news")
        let (log, ends) = (LogRecorder(), Recorder<DisconnectReason>())
        let route = TestRoute.channel(channel, onConnect: { _ in throw Failed() }, onDisconnect: { _, reason in ends.add(reason) })
        try await path.run(route, logger: log.logger) { server in
            let client = try await server.open("/sse?id=a")
            #expect(try await client.body() == ": open\n\n")
            #expect(await client.endedCleanly)
            try await eventually("its end was reported") { ends.values == [.failed] }
            #expect(channel.clientCount == 0)
            #expect(log.records.values.contains { $0.hasPrefix("warning onConnect failed") && $0.contains("Failed") })
            #expect(!log.records.values.contains { $0.contains("1234") })
            await client.close()
        }
        #expect(ends.values == [.failed])
    }

    @Test func aHookThatTakesTooLongEndsTheStream() async throws {
        let clock = ManualClock()
        var options = SSEChannel.Options()
        options.hookTimeout = .seconds(3)
        let channel = try ChannelManager(clock: clock).create("news", options: options)
        let (ends, gate) = (Recorder<DisconnectReason>(), Gate())
        let route = TestRoute.channel(channel, onConnect: { _ in await gate.pass() }, onDisconnect: { _, reason in ends.add(reason) })
        try await TransportPath.direct.run(route) { server in
            let client = try await server.stream("/sse?id=a")
            try await eventually("the hook and its timer run") { clock.sleeperCount == 1 }
            try await clock.advance(by: .milliseconds(2_900))
            try channel.broadcast("still", "there")
            try await client.expect("still", "there")
            try await clock.advance(by: .milliseconds(200))
            #expect(try await client.nextOrEnd() == nil)
            try await eventually("its end was reported") { ends.values == [.failed] }
            gate.open()
        }
        #expect(ends.values == [.failed])
    }

    // MARK: They leave

    /// How a stream can end.
    enum Way: String, CaseIterable, Sendable {
        case clientCloses
        case clientClosesItsSide
        case clientIsCut
        case clientDoesNotRead
        case channelCloses
        case channelIsRemoved
        case clientIsEnded
        case clientIsReplaced
        case serverStops
        case managerStops

        /// What the application is told.
        var reasons: Set<DisconnectReason> {
            switch self {
            case .clientCloses, .clientClosesItsSide, .clientIsCut: [.clientClosed, .connectionLost]
            case .clientDoesNotRead: [.slowConsumer]
            case .channelCloses, .channelIsRemoved, .clientIsReplaced: [.kicked]
            case .clientIsEnded: [.expired]
            case .serverStops, .managerStops: [.shutdown]
            }
        }
    }

    @Test(arguments: Way.allCases, TransportPath.twoRoutes) func theEndIsReportedOnceWhateverItIs(way: Way, path: TransportPath) async throws {
        let configuration = EngineConfiguration(outbox: .init(maxBytes: 64 << 10))
        let channels = try ChannelManager(configuration: configuration)
        let channel = try channels.create("news")
        let (told, others) = (Recorder<String>(), Recorder<DisconnectReason>())
        let route = TestRoute.channel(
            channel,
            onConnect: { client in if client.metadata["role", as: String.self] == "it" { told.add("came") } },
            onDisconnect: { client, reason in
                guard client.metadata["role", as: String.self] == "it" else { return others.add(reason) }
                #expect(client.id == "a")
                #expect(client.userID == "7")
                #expect(way.reasons.contains(reason), "\(reason)")
                told.add("left")
            }
        )
        try await path.run(route) { server in
            let client = try await server.stream("/sse?id=a&user=7&role=it", receiveBuffer: 8192)
            let other = try await server.stream("/sse?id=b")
            // Whoever is counted is told of, even if it is ended in this moment.
            try await eventually("it came") { told.values == ["came"] && channel.clientCount == 2 }
            switch way {
            case .clientCloses: await client.close()
            case .clientClosesItsSide: try await client.closeOutput()
            case .clientIsCut: try await client.cut()
            case .clientDoesNotRead:
                try await client.stall()
                let pad = String(repeating: "x", count: 64 << 10)
                // What two kernels hold does not count.
                for _ in 0..<1000 where told.values == ["came"] {
                    try channel.send("pad", pad, to: "a")
                    try channel.broadcast("beat", "")
                    _ = try await other.next("beat")
                }
            case .channelCloses: channel.close()
            case .channelIsRemoved: channels.remove("news")
            case .clientIsEnded: channel.disconnect("a", reason: .expired)
            case .clientIsReplaced: _ = try await server.stream("/sse?id=a")
            case .serverStops: await server.base.stop()
            case .managerStops: await channels.shutdown()
            }
            try await eventually("it left") {
                // Who does not watch the connection sees the end with a write.
                if way.reasons.contains(.connectionLost), !path.noticesEnds {
                    try channel.broadcast("tick", "")
                    if way == .clientClosesItsSide { await client.close() }
                }
                return told.values == ["came", "left"]
            }
            #expect(channel.clientIDs.count { $0 == "a" } == (way == .clientIsReplaced ? 1 : 0))
            await client.close()
            await other.close()
        }
        try await eventually("all ends were reported") { others.values.count == (way == .clientIsReplaced ? 2 : 1) }
        #expect(told.values == ["came", "left"])
    }

    @Test func theEndIsReportedAfterTheBeginningHasBeen() async throws {
        let channel = try SSEChannel("news")
        let (told, gate) = (Recorder<String>(), Gate())
        let route = TestRoute.channel(
            channel,
            onConnect: { _ in
                told.add("begins")
                await gate.pass()
                told.add("has begun")
            },
            onDisconnect: { _, _ in told.add("ends") }
        )
        try await TransportPath.direct.run(route) { server in
            let client = try await server.stream("/sse?id=a")
            try await eventually("it is told of the beginning") { told.values == ["begins"] }
            await client.close()
            try await eventually("the client is gone") { channel.clientCount == 0 }
            #expect(told.values == ["begins"])
            gate.open()
            try await eventually("it is told of the end") { told.values == ["begins", "has begun", "ends"] }
        }
    }

    @Test func aHookForTheEndAloneIsCalledToo() async throws {
        let channel = try SSEChannel("news")
        let ends = Recorder<String>()
        try await TransportPath.direct.run(.channel(channel, onDisconnect: { client, reason in ends.add("\(client.id): \(reason)") })) { server in
            let client = try await server.stream("/sse?id=a")
            try await eventually("it is there") { channel.clientCount == 1 }
            #expect(channel.close() == 1)
            try await eventually("its end was reported") { ends.values == ["a: kicked"] }
            await client.close()
        }
        #expect(ends.values.count == 1)
    }

    @Test func theHookForTheEndIsCancelledAfterItsTime() async throws {
        let clock = ManualClock()
        let channel = try ChannelManager(clock: clock).create("news")
        let told = Recorder<String>()
        let route = TestRoute.channel(
            channel,
            onDisconnect: { _, _ in
                told.add("begins")
                try? await Task.sleep(for: .seconds(3600))
                told.add("cancelled: \(Task.isCancelled)")
            }
        )
        try await TransportPath.direct.run(route) { server in
            let client = try await server.stream("/sse?id=a")
            channel.close()
            try await client.expect("disconnect")
            try await eventually("the hook and its timer run") { told.values == ["begins"] && clock.sleeperCount == 1 }
            try await clock.advance(by: .milliseconds(9_900))
            #expect(told.values == ["begins"])
            try await clock.advance(by: .milliseconds(200))
            try await eventually("its time is over") { told.values == ["begins", "cancelled: true"] }
        }
    }
}
