//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Channels by name.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ChannelManagerTests {
    /// The route `/sse?name=a&id=b`, which makes the channels that are asked for.
    private func route(_ channels: ChannelManager) -> TestRoute {
        TestRoute { request, context in
            let query = request.uri.queryParameters
            return try channels.getOrCreate("\(query["name"] ?? "")")
                .respond(to: request, context: context, clientID: query["id"].map { String($0) })
        }
    }

    // MARK: Names

    @Test func channelsAreMadeOnceAndFoundByName() throws {
        let channels = try ChannelManager()
        #expect(channels.get("a") == nil)
        #expect(!channels.has("a"))
        #expect(channels.channelNames.isEmpty)
        #expect(channels.channelCount == 0)

        let a = try channels.getOrCreate("a")
        #expect(a.name == "a")
        #expect(try channels.getOrCreate("a") === a)
        #expect(channels.get("a") === a)
        #expect(channels.has("a"))
        let b = try channels.create("b")
        #expect(channels.get("b") === b)
        #expect(channels.channelNames == ["a", "b"])
        #expect(channels.channelCount == 2)
        let error = #expect(throws: RealtimeError.self) { try channels.create("a") }
        #expect(error?.code == .alreadyExists)
        #expect(channels.get("a") === a)

        #expect(channels.remove("a"))
        #expect(!channels.remove("a"))
        #expect(channels.get("a") == nil)
        #expect(try channels.getOrCreate("a") !== a)
    }

    @Test func manyWhoAskAtOnceGetTheSameChannel() async throws {
        let channels = try ChannelManager()
        let found = try await withThrowingTaskGroup(of: ObjectIdentifier.self) { tasks in
            for _ in 0..<100 { tasks.addTask { ObjectIdentifier(try channels.getOrCreate("a")) } }
            return try await tasks.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(found.count == 1)
        #expect(channels.channelCount == 1)
    }

    @Test func optionsAreTheDefaultsUnlessAChannelIsMadeWithItsOwn() throws {
        let channels = try ChannelManager(defaults: .init(maxClients: 3))
        #expect(try channels.getOrCreate("a").options.maxClients == 3)
        #expect(try channels.getOrCreate("b", options: .init(maxClients: 5)).options.maxClients == 5)
        #expect(try channels.create("c", options: .init()).options.maxClients == nil)
        #expect(try channels.getOrCreate("b", options: .init(maxClients: 7)).options.maxClients == 5, "One that is there keeps its own")
    }

    @Test func badInputIsRefusedAndLeavesNothing() throws {
        let channels = try ChannelManager()
        for name in ["", "a\nb", String(repeating: "x", count: 256)] {
            #expect(throws: RealtimeError.self) { try channels.getOrCreate(name) }
            #expect(throws: RealtimeError.self) { try channels.create(name) }
        }
        #expect(throws: RealtimeError.self) { try channels.getOrCreate("a", options: .init(maxClients: 0)) }
        #expect(channels.channelNames.isEmpty)

        #expect(throws: RealtimeError.self) { try ChannelManager(defaults: .init(maxClients: 0)) }
        #expect(throws: RealtimeError.self) { try ChannelManager(defaults: .init(heartbeat: .comment(every: .zero))) }
        #expect(throws: RealtimeError.self) { try ChannelManager(configuration: .init(drainGrace: .seconds(-1))) }
        for interval in [Duration.milliseconds(99), .seconds(86_401)] {
            let error = #expect(throws: RealtimeError.self) { try ChannelManager(removeEmptyAfter: interval) }
            #expect(error?.code == .invalidConfiguration)
        }
    }

    // MARK: Clients and messages

    @Test(arguments: TransportPath.twoRoutes) func allChannelsAreCountedAndReached(path: TransportPath) async throws {
        struct Note: Encodable {
            let text: String
        }
        let channels = try ChannelManager()
        try channels.create("empty")
        try channels.create("full", options: .init(maxClients: 1))
        #expect(channels.totalClients == 0)
        #expect(try channels.broadcastAll("nobody", "") == 0)
        try await path.run(self.route(channels)) { server in
            var clients: [SSETestClient] = []
            for name in ["a", "a", "full"] { clients.append(try await server.stream("/sse?name=\(name)")) }
            try await eventually("all are there") { channels.totalClients == 3 }
            #expect(channels.channelNames == ["a", "empty", "full"])
            let stats = ChannelManagerStats(
                channels: 3,
                totalClients: 3,
                channelStats: [
                    .init(name: "a", clientCount: 2, isFull: false),
                    .init(name: "empty", clientCount: 0, isFull: false),
                    .init(name: "full", clientCount: 1, isFull: true),
                ]
            )
            #expect(channels.stats() == stats)

            #expect(try channels.broadcastAll("note", Note(text: "x")) == 3)
            #expect(try channels.broadcastAll("note", "as it is") == 3)
            #expect(try channels.broadcastAll(SSEEvent(data: "whole", id: "7")) == 3)
            #expect(throws: RealtimeError.self) { try channels.broadcastAll(SSEEvent(event: "a\nb")) }
            #expect(throws: EncodingError.self) { try channels.broadcastAll("nan", Double.nan) }
            #expect(try channels.get("full")?.broadcast("only", "here") == 1)
            #expect(try channels.broadcastAll("end", "") == 3)
            for client in clients {
                try await client.expect("note", #"{"text":"x"}"#)
                try await client.expect("note", "as it is")
                #expect(try await client.expect("message", "whole").lastEventID == "7")
            }
            try await clients[2].expect("only", "here")
            for client in clients {
                try await client.expect("end")
                await client.close()
            }
        }
    }

    @Test func theStatisticsAreJSONWithTheKeysOfTheContract() throws {
        let channels = try ChannelManager()
        try channels.create("a", options: .init(maxClients: 5))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(channels.stats())
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"channelStats":[{"clientCount":0,"isFull":false,"name":"a"}],"channels":1,"totalClients":0}"#
        )
        #expect(try JSONDecoder().decode(ChannelManagerStats.self, from: json) == channels.stats())
    }

    @Test func aLimiterOfItsOwnCountsItsClients() async throws {
        let limiter = try ConnectionLimiter(.init(total: 1))
        let channels = try ChannelManager(limiter: limiter)
        try await TransportPath.direct.run(self.route(channels)) { server in
            _ = try await server.stream("/sse?name=a")
            let second = try await server.open("/sse?name=b")
            #expect(try await second.nextComment() == "come back later")
        }
    }

    // MARK: Ends

    @Test(arguments: TransportPath.twoRoutes) func aChannelThatIsRemovedEndsItsStreamsAlone(path: TransportPath) async throws {
        let channels = try ChannelManager()
        try await path.run(self.route(channels)) { server in
            let removed = try await server.stream("/sse?name=a")
            let stays = try await server.stream("/sse?name=b")
            try await eventually("both are there") { channels.totalClients == 2 }
            let old = try #require(channels.get("a"))
            #expect(channels.remove("a"))
            try await removed.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            #expect(try await removed.nextOrEnd() == nil)
            #expect(channels.channelNames == ["b"])
            #expect(channels.totalClients == 1)
            // A new one of that name is another channel.
            let again = try await server.stream("/sse?name=a")
            try await eventually("it is there") { channels.totalClients == 2 }
            #expect(try old.broadcast("never", "") == 0)
            #expect(try channels.broadcastAll("end", "") == 2)
            try await again.expect("end")
            try await stays.expect("end")
            for client in [removed, stays, again] { await client.close() }
        }
    }

    @Test func whoStillKnowsARemovedChannelIsAskedToComeBack() async throws {
        let channels = try ChannelManager()
        let channel = try channels.create("a")
        try await TransportPath.direct.run(.channel(channel)) { server in
            channels.remove("a")
            let late = try await server.open()
            #expect(try await late.response().status == 200)
            #expect(try await late.nextComment() == "come back later")
            #expect(try await late.nextOrEnd() == nil)
            #expect(channel.clientCount == 0)
        }
    }

    @Test func onlyEmptyChannelsAreRemovedAsEmpty() async throws {
        let channels = try ChannelManager()
        try channels.create("empty")
        try channels.create("another")
        try await TransportPath.direct.run(self.route(channels)) { server in
            let client = try await server.stream("/sse?name=a")
            try await eventually("it is there") { channels.totalClients == 1 }
            #expect(channels.removeEmpty() == 2)
            #expect(channels.removeEmpty() == 0)
            #expect(channels.channelNames == ["a"])
            try channels.broadcastAll("still", "here")
            try await client.expect("still", "here")
            await client.close()
            try await eventually("it is empty then") { channels.removeEmpty() == 1 }
            #expect(channels.channelCount == 0)
        }
    }

    @Test func closingAllEndsAllAndForgetsAll() async throws {
        let channels = try ChannelManager()
        channels.closeAll()
        try await TransportPath.direct.run(self.route(channels)) { server in
            let clients = [try await server.stream("/sse?name=a"), try await server.stream("/sse?name=b")]
            try await eventually("both are there") { channels.totalClients == 2 }
            channels.closeAll()
            #expect(channels.channelCount == 0)
            #expect(channels.totalClients == 0)
            for client in clients {
                try await client.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
                #expect(try await client.nextOrEnd() == nil)
            }
            // The manager itself can be used.
            let again = try await server.stream("/sse?name=a")
            try channels.broadcastAll("again", "")
            try await again.expect("again")
        }
    }

    // MARK: Cleaning

    @Test func channelsThatAreFoundEmptyTwiceAreRemoved() async throws {
        let clock = ManualClock()
        let channels = try ChannelManager(removeEmptyAfter: .seconds(60), clock: clock)
        let round: @Sendable (Duration) async throws -> Void = { after in
            try await eventually("the cleaner waits") { clock.sleeperCount == 1 }
            try await clock.advance(by: after)
            try await eventually("the cleaner has looked") { clock.sleeperCount == 1 }
        }
        try channels.create("empty")
        try await TransportPath.direct.run(self.route(channels)) { server in
            let client = try await server.stream("/sse?name=used")
            try await eventually("it is there") { channels.totalClients == 1 }
            try await round(.seconds(59))
            #expect(channels.has("empty"))
            try await round(.seconds(2))
            #expect(channels.has("empty"), "It was found empty for the first time")
            // Another one of that name starts afresh.
            try channels.create("late")
            try await round(.seconds(61))
            #expect(channels.channelNames == ["late", "used"])
            channels.remove("late")
            try channels.create("late")
            try await round(.seconds(61))
            #expect(channels.channelNames == ["late", "used"])
            try await round(.seconds(61))
            #expect(channels.channelNames == ["used"])
            try channels.broadcastAll("still", "here")
            _ = try await client.next("still")
            await client.close()
            try await eventually("it is empty") { channels.totalClients == 0 }
            try await round(.seconds(61))
            try await round(.seconds(61))
            #expect(channels.channelCount == 0)
        }
    }

    @Test func theCleanerGoesWithItsManager() async throws {
        let clock = ManualClock()
        var channels: ChannelManager? = try ChannelManager(removeEmptyAfter: .seconds(60), clock: clock)
        try await eventually("the cleaner waits") { clock.sleeperCount == 1 }
        #expect(channels?.channelCount == 0)
        channels = nil
        try await eventually("it is gone") { clock.sleeperCount == 0 }
    }

    // MARK: Shutdown

    @Test(arguments: [true, false]) func streamsEndWhenTheServerStops(withService: Bool) async throws {
        let channels = try ChannelManager()
        try await TransportPath.direct.run(self.route(channels), services: withService ? [channels] : []) { server in
            var clients: [SSETestClient] = []
            for number in 0..<6 { clients.append(try await server.stream("/sse?name=\(number % 2)")) }
            await server.base.stop()
            for client in clients {
                try await client.expect("disconnect", #"{"reason":"shutdown","reconnect":true}"#)
                #expect((1000...5000).contains(try #require(await client.retry)))
                #expect(try await client.nextOrEnd() == nil)
                #expect(await client.endedCleanly)
            }
            await server.base.untilStopped()
            try await eventually("nobody is left") { channels.totalClients == 0 }
        }
    }

    @Test func aShutdownIsSpreadAndAsksNewcomersToComeBackLater() async throws {
        let clock = ManualClock()
        let channels = try ChannelManager(configuration: .init(drainGrace: .seconds(1)), clock: clock)
        try await TransportPath.direct.run(self.route(channels)) { server in
            var clients: [SSETestClient] = []
            for number in 0..<120 { clients.append(try await server.stream("/sse?name=\(number % 3)")) }
            let shutdown = Task { await channels.shutdown() }
            try await eventually("the first are ended") { channels.totalClients == 70 && clock.sleeperCount == 1 }
            let newcomer = try await server.open("/sse?name=0")
            #expect(try await newcomer.nextComment() == "come back later")
            try await clock.run(until: shutdown)
            for client in clients { try await client.expect("disconnect", #"{"reason":"shutdown","reconnect":true}"#) }
            let late = try await server.stream("/sse?name=0")
            try await eventually("it serves again") { channels.totalClients == 1 }
            await late.close()
        }
    }
}
