//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import HTTPTypes
import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Channels with a route of their own: who is on them, and who gets what.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEChannelTests {
    private struct Alert: Codable {
        let text: String
    }

    /// Opens streams under names, and waits until they are on the channel.
    private func join(_ channel: SSEChannel, _ server: TransportPath.Server, _ queries: String...) async throws -> [SSETestClient] {
        var clients: [SSETestClient] = []
        for query in queries {
            let count = channel.clientCount
            clients.append(try await server.stream("/sse?\(query)"))
            try await eventually("it is on the channel") { channel.clientCount == count + 1 }
        }
        return clients
    }

    // MARK: Who is there

    @Test func aChannelWithoutClientsIsHarmless() async throws {
        let channel = try SSEChannel("nobody", options: .init(maxClients: 1))
        #expect(channel.name == "nobody")
        #expect(channel.clientCount == 0)
        #expect(channel.clientIDs.isEmpty)
        #expect(channel.clients().isEmpty)
        #expect(!channel.isFull)
        #expect(!channel.hasClient("a"))
        #expect(channel.client("a") == nil)
        #expect(try channel.broadcast("alert", "x") == 0)
        #expect(try channel.broadcast("alert", "x", where: { _ in true }) == 0)
        #expect(try !channel.send("alert", "x", to: "a"))
        #expect(!channel.disconnect("a"))
        #expect(channel.close() == 0)
        let receipt = try await channel.broadcastReceipt(.text("x"))
        #expect((receipt.matched, receipt.queued, receipt.dropped) == (0, 0, 0))
    }

    @Test func badNamesAndOptionsAreRefusedWithWhatIsAccepted() {
        for name in ["", "a\nb", String(repeating: "x", count: 256)] {
            #expect(throws: RealtimeError.self) { try SSEChannel(name) }
        }
        var changes: [(inout SSEChannel.Options) -> Void] = []
        changes.append { $0.maxClients = 0 }
        changes.append { $0.retry = -1 }
        changes.append { $0.hookTimeout = .zero }
        changes.append { $0.hookTimeout = .seconds(3601) }
        changes.append { $0.heartbeat = .comment(every: .milliseconds(99)) }
        changes.append { $0.heartbeat = .event("a\nb") }
        for change in changes {
            var options = SSEChannel.Options()
            change(&options)
            let error = #expect(throws: RealtimeError.self) { try SSEChannel("a", options: options) }
            #expect(error?.code == .invalidConfiguration)
        }
    }

    @Test(arguments: TransportPath.twoRoutes) func clientsAreKnownByNameForAsLongAsTheyAreThere(path: TransportPath) async throws {
        let channel = try SSEChannel("chat")
        try await path.run(.channel(channel)) { server in
            let before = Date.now
            let clients = try await self.join(channel, server, "id=alice&user=7&role=admin", "id=bob", "")
            #expect(channel.clientCount == 3)
            #expect(channel.hasClient("alice"))
            #expect(channel.hasClient("bob"))
            #expect(!channel.hasClient("carol"))
            let alice = try #require(channel.client("alice"))
            #expect(alice.id == "alice")
            #expect(alice.userID == "7")
            #expect(alice.metadata["role", as: String.self] == "admin")
            #expect(alice.metadata["role", as: Int.self] == nil)
            #expect((before...Date.now).contains(alice.connectedAt))
            let bob = try #require(channel.client("bob"))
            #expect(bob.userID == nil)
            #expect(bob.metadata.isEmpty)
            #expect(bob.connectionID != alice.connectionID)
            // One without a name is called after its connection.
            let third = try #require(channel.clientIDs.first { !["alice", "bob"].contains($0) })
            #expect(Set(channel.clientIDs) == ["alice", "bob", third])
            #expect(channel.client(third)?.connectionID.description == third)
            #expect(channel.clients(where: { $0.metadata["role", as: String.self] == "admin" }).map(\.id) == ["alice"])
            #expect(Set(channel.clients().map(\.id)) == ["alice", "bob", third])

            await clients[0].close()
            try await eventually("she is gone") {
                // Elsewhere only a write shows it.
                if !path.noticesEnds { try channel.broadcast("tick", "") }
                return channel.clientCount == 2
            }
            #expect(!channel.hasClient("alice"))
            #expect(channel.client("alice") == nil)
            for client in clients { await client.close() }
        }
    }

    // MARK: Messages

    @Test(arguments: TransportPath.routes) func everyFormReachesAllWithTheirNumber(path: TransportPath) async throws {
        let channel = try SSEChannel("news")
        try await path.run(.channel(channel)) { server in
            let clients = try await self.join(channel, server, "id=a", "id=b")
            #expect(try channel.broadcast("alert", Alert(text: "a/b")) == 2)
            #expect(try channel.broadcast("alert", "as it is", id: "7") == 2)
            #expect(try channel.broadcast(SSEEvent(data: "two\nlines")) == 2)
            #expect(try channel.broadcast("only-b", ["n": 1], excluding: ["a", "unknown"]) == 1)
            #expect(try channel.send("one", Alert(text: "for a"), to: "a"))
            #expect(try channel.send("one", "for b", to: "b"))
            #expect(try !channel.send("one", "nobody", to: "c"))
            #expect(try channel.send(SSEEvent(event: "whole", data: "x", id: "8"), to: "a"))
            let receipt = try await channel.broadcastReceipt(SSEEvent(event: "end"))
            #expect(receipt.matched == 2)
            #expect(receipt.dropped == 0)
            for (client, expected) in [
                (clients[0], [("one", #"{"text":"for a"}"#), ("whole", "x")]),
                (clients[1], [("only-b", #"{"n":1}"#), ("one", "for b")]),
            ] {
                try await client.expect("alert", #"{"text":"a/b"}"#)
                #expect(try await client.expect("alert", "as it is").lastEventID == "7")
                let plain = try await client.expect("message", "two\nlines")
                #expect(plain.channel == nil, "It is alone on its stream")
                for (event, data) in expected { try await client.expect(event, data) }
                try await client.expect("end", "")
                await client.close()
            }
        }
    }

    @Test func theReconnectionTimeIsAFieldAndNotPartOfTheData() async throws {
        let channel = try SSEChannel("news", options: .init(retry: 1000))
        try await TransportPath.direct.run(.channel(channel)) { server in
            let client = try await self.join(channel, server, "id=a")[0]
            #expect(await client.retry == 1000)
            try channel.broadcast("update", Alert(text: "x"), retry: 5000)
            try await client.expect("update", #"{"text":"x"}"#)
            #expect(await client.retry == 5000)
            try channel.broadcast("update", "text", retry: 6000)
            try channel.broadcast(SSEEvent(event: "update", data: "whole", retry: 7000))
            try await client.expect("update", "text")
            try await client.expect("update", "whole")
            #expect(await client.retry == 7000)
            try channel.broadcast("update", ["retry": 8000])
            try await client.expect("update", #"{"retry":8000}"#)
            #expect(await client.retry == 7000)
        }
    }

    @Test func aFilterDecidesByNameUserAndMetadata() async throws {
        let channel = try SSEChannel("news")
        try await TransportPath.direct.run(.channel(channel)) { server in
            let clients = try await self.join(channel, server, "id=a&role=admin", "id=b&user=7", "id=c&role=guest&user=7")
            #expect(try channel.broadcast("1", ["n": 1], where: { $0.metadata["role", as: String.self] == "admin" }) == 1)
            #expect(try channel.broadcast("2", "text", where: { $0.userID == "7" }) == 2)
            #expect(try channel.broadcast(SSEEvent(event: "3"), where: { $0.id != "b" }) == 2)
            #expect(try channel.broadcast("never", "", where: { _ in false }) == 0)
            #expect(try channel.broadcast("end", "") == 3)
            for (client, events) in zip(clients, [["1", "3", "end"], ["2", "end"], ["2", "3", "end"]]) {
                for event in events { try await client.expect(event) }
            }
        }
    }

    @Test func whatCannotBeSentThrowsAndNothingIsSent() async throws {
        let channel = try SSEChannel("news")
        try await TransportPath.direct.run(.channel(channel)) { server in
            let client = try await self.join(channel, server, "id=a")[0]
            #expect(throws: RealtimeError.self) { try channel.broadcast(SSEEvent(event: "a\nb")) }
            #expect(throws: RealtimeError.self) { try channel.broadcast("a\rb", "x", where: { _ in true }) }
            #expect(throws: RealtimeError.self) { try channel.send(SSEEvent(id: "a\0"), to: "a") }
            #expect(throws: RealtimeError.self) { try channel.send(SSEEvent(id: "a\0"), to: "nobody") }
            #expect(throws: EncodingError.self) { try channel.broadcast("nan", Double.nan) }
            await #expect(throws: RealtimeError.self) { try await channel.broadcastReceipt(SSEEvent(retry: -1)) }
            try channel.broadcast("good", "")
            try await client.expect("good")
        }
    }

    @Test func aClientGetsWhatItsChannelSaysInThatOrder() async throws {
        let channel = try SSEChannel("news")
        try await TransportPath.direct.run(.channel(channel)) { server in
            let client = try await self.join(channel, server, "id=a")[0]
            for number in 0..<1000 {
                switch number % 3 {
                case 0: try channel.broadcast(.text("\(number)"))
                case 1: try channel.send(.text("\(number)"), to: "a")
                default: try channel.broadcast(.text("\(number)"), where: { $0.id == "a" })
                }
            }
            for number in 0..<1000 { try await client.expect("message", "\(number)") }
        }
    }

    @Test func noOtherChannelOfThatNameHearsIt() async throws {
        let manager = try SSEManager()
        let (one, other) = (try SSEChannel("posts"), try SSEChannel("posts"))
        let router = Router()
        router.sse("/sse", try SSEPlugin<BasicRequestContext, Anonymous>(manager: manager))
        router.get("one") { request, context in one.respond(to: request, context: context) }
        router.get("other") { request, context in other.respond(to: request, context: context) }
        try await TestServer.run(router) { server in
            let (managers, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=posts")
            let ones = try await SSETestClient.open(port: server.port, "/one")
            let others = try await SSETestClient.open(port: server.port, "/other")
            try await eventually("both are on their channels") { one.clientCount == 1 && other.clientCount == 1 }
            #expect(manager.connectionCount == 1)
            #expect(manager.channels() == ["posts"])
            #expect(try one.broadcast("of", "one") == 1)
            #expect(try other.broadcast("of", "other") == 1)
            #expect(try manager.broadcast("of", "manager", to: "posts") == 1)
            #expect(try manager.broadcastAll("to", "all") == 1)
            #expect(one.close() == 1)
            try await ones.expect("of", "one")
            try await ones.expect("disconnect")
            try await others.expect("of", "other")
            try await managers.expect("of", "manager")
            try await managers.expect("to", "all")
            #expect(other.clientCount == 1)
        }
    }

    // MARK: Ends

    @Test(arguments: TransportPath.twoRoutes) func closingEndsAllAndLeavesAChannelThatCanBeUsed(path: TransportPath) async throws {
        let channel = try SSEChannel("news", options: .init(maxClients: 2))
        try await path.run(.channel(channel)) { server in
            let clients = try await self.join(channel, server, "id=a", "id=b")
            try channel.broadcast("last", "")
            #expect(channel.close() == 2)
            // From then on nobody is there, whatever the way to the clients takes.
            #expect(channel.clientCount == 0)
            #expect(channel.clientIDs.isEmpty)
            #expect(!channel.hasClient("a"))
            #expect(channel.clients().isEmpty)
            #expect(try channel.broadcast("too late", "") == 0)
            #expect(channel.close() == 0)
            for client in clients {
                try await client.expect("last")
                try await client.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
                #expect(try await client.nextOrEnd() == nil)
                #expect(await client.endedCleanly)
                await client.close()
            }
            try await eventually("there is room again") { !channel.isFull }
            let again = try await self.join(channel, server, "id=a")[0]
            #expect(try channel.broadcast("again", "") == 1)
            try await again.expect("again")
            await again.close()
        }
    }

    @Test func oneClientCanBeEndedWithAReason() async throws {
        let channel = try SSEChannel("news")
        try await TransportPath.direct.run(.channel(channel)) { server in
            let clients = try await self.join(channel, server, "id=a", "id=b")
            #expect(channel.disconnect("a", reason: .expired))
            #expect(!channel.disconnect("a"))
            #expect(channel.clientIDs == ["b"])
            try await clients[0].expect("disconnect", #"{"reason":"expired","reconnect":true}"#)
            #expect(try await clients[0].nextOrEnd() == nil)
            #expect(channel.close(reason: .limit) == 1)
            try await clients[1].expect("disconnect", #"{"reason":"limit","reconnect":true}"#)
        }
    }

    // MARK: Heartbeat

    @Test func idleStreamsHaveTheChannelsHeartbeat() async throws {
        let clock = ManualClock()
        let channels = try ChannelManager(clock: clock)
        let usual = try channels.create("usual")
        let own = try channels.create("own", options: .init(heartbeat: .event("alive", data: ["ok": true], every: .seconds(5))))
        let none = try channels.create("none", options: .init(heartbeat: .disabled))
        let route = TestRoute { request, context in
            try channels.getOrCreate("\(request.uri.queryParameters["name"] ?? "")").respond(to: request, context: context)
        }
        try await TransportPath.direct.run(route) { server in
            let usuals = try await self.join(usual, server, "name=usual")[0]
            let owns = try await self.join(own, server, "name=own")[0]
            let nones = try await self.join(none, server, "name=none")[0]
            try await clock.advance(by: .milliseconds(5_100))
            try await owns.expect("alive", #"{"ok":true}"#)
            try await clock.advance(by: .seconds(24))
            try channels.broadcastAll("mark", "")
            try await usuals.expect("mark")
            #expect(await usuals.comments.isEmpty)
            try await clock.advance(by: .seconds(2))
            #expect(try await usuals.nextComment() == "heartbeat")
            try channels.broadcastAll("mark", "")
            for _ in 0..<2 { try await nones.expect("mark") }
            #expect(await nones.comments.isEmpty)
        }
    }
}
