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

/// Messages from the manager to clients on real sockets.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEDeliveryTests {
    private struct Post: Codable {
        var title: String
    }

    /// Runs a server with one endpoint and gives its manager.
    private func serving(_ test: @Sendable @escaping (Int, SSEManager) async throws -> Void) async throws {
        let manager = try SSEManager()
        let router = Router()
        router.sse(
            "/sse",
            try SSEPlugin(manager: manager, resolveUser: { request, context in try await TestUser.resolve(request, context) })
        )
        try await TestServer.run(router) { try await test($0.port, manager) }
    }

    @Test func everyPayloadFormArrivesAsItWasMeant() async throws {
        try await self.serving { port, manager in
            let (client, _) = try await SSETestClient.connected(port: port, "/sse?channels=posts")
            #expect(try manager.broadcast("created", Post(title: "a/b"), to: "posts") == 1)
            #expect(try manager.broadcast("note", "plain text", to: "posts") == 1)
            #expect(try manager.broadcast(SSEEvent(event: "full", data: "x", id: "7", retry: 5), to: "posts") == 1)
            #expect(try manager.broadcast("map", ["key": "value"], to: "posts") == 1)
            #expect(try manager.broadcast(.text("two\r\nlines\n👋 \u{2028}"), to: "posts") == 1)
            #expect(try manager.broadcast(SSEEvent(event: "empty"), to: "posts") == 1)
            let events = [
                try await client.next(), try await client.next(), try await client.next(),
                try await client.next(), try await client.next(), try await client.next(),
            ]
            #expect(events.map(\.event) == ["created", "note", "full", "map", "message", "empty"])
            #expect(
                events.map(\.data) == [
                    #"{"title":"a/b"}"#, "plain text", "x", #"{"key":"value"}"#, "two\nlines\n👋 \u{2028}", "",
                ]
            )
            #expect(events.map(\.lastEventID) == ["", "", "7", "7", "7", "7"])
            #expect(events.allSatisfy { $0.channel == "posts" })
            #expect(await client.retry == 5)
        }
    }

    @Test func whatCannotBeSentThrowsAndNothingIsSent() async throws {
        try await self.serving { port, manager in
            let (client, _) = try await SSETestClient.connected(port: port, "/sse?channels=posts")
            #expect(throws: RealtimeError.self) { try manager.broadcast(SSEEvent(event: "a\nb"), to: "posts") }
            #expect(throws: RealtimeError.self) { try manager.broadcast(SSEEvent(data: "x", id: "a\0"), to: "posts") }
            #expect(throws: RealtimeError.self) { try manager.broadcast(.text("x"), to: "po\nsts") }
            #expect(throws: EncodingError.self) { try manager.broadcast("nan", Double.nan, to: "posts") }
            try manager.broadcast(.text("good"), to: "posts")
            #expect(try await client.next().data == "good")
        }
    }

    @Test func aChannelNobodyListensToGivesZero() async throws {
        try await self.serving { _, manager in
            #expect(try manager.broadcast(.text("x"), to: "nobody") == 0)
            #expect(try manager.broadcastAll(.text("x")) == 0)
            let receipt = try await manager.broadcastReceipt(.text("x"), to: "nobody")
            #expect((receipt.matched, receipt.queued, receipt.dropped) == (0, 0, 0))
        }
    }

    @Test func exclusionsFiltersAndTheFluentFormReachExactlyTheOthers() async throws {
        try await self.serving { port, manager in
            let (alice, aliceID) = try await SSETestClient.connected(port: port, "/sse?channels=chat", headers: ["From: alice"])
            let (bob, bobID) = try await SSETestClient.connected(port: port, "/sse?channels=chat", headers: ["From: bob"])
            let (other, otherID) = try await SSETestClient.connected(port: port, "/sse?channels=else")
            manager.setMeta(bobID, key: "role", value: "admin")

            #expect(try manager.to("chat").except(aliceID).send("1", ["n": 1]) == 1)
            #expect(try manager.to("chat").except(aliceID, bobID).send("never") == 0)
            #expect(try manager.to("chat").except(where: { $0.userID == "bob" }).data("2") == 1)
            #expect(try manager.broadcast(.text("3"), to: "chat", where: { $0.metadata["role", as: String.self] == "admin" }) == 1)
            #expect(try manager.broadcast(.text("4"), to: "chat", excluding: [otherID, bobID]) == 1)
            #expect(try manager.broadcast("4b", ["n": 4], to: "chat", where: { $0.userID == "alice" }) == 1)
            #expect(try manager.broadcast("4c", "as it is", to: "chat", excluding: [bobID], where: { _ in true }) == 1)
            #expect(try manager.broadcast("4d", ["n": 4], to: "chat", excluding: [aliceID, bobID], where: { _ in true }) == 0)
            #expect(throws: RealtimeError.self) { try manager.broadcast("a\nb", ["n": 4], to: "chat", where: { _ in true }) }
            #expect(throws: EncodingError.self) { try manager.broadcast("nan", Double.nan, to: "chat", where: { _ in true }) }
            #expect(try manager.broadcastAll(.text("5"), excluding: [aliceID]) == 2)
            #expect(try manager.broadcastAll(.text("6"), where: { $0.userID == nil }) == 1)
            #expect(try manager.send(.text("7"), to: aliceID))
            #expect(try !manager.send(.text("never"), to: ConnectionID()))
            #expect(try manager.send(.text("8"), toUser: "bob") == 1)
            #expect(try manager.send(.text("never"), toUser: "carol") == 0)

            #expect(try await [alice.next(), alice.next()].map(\.data) == ["2", "4"])
            #expect(try await [alice.next(), alice.next()].map(\.event) == ["4b", "4c"])
            try await alice.expect("message", "7")
            #expect(try await [bob.next(), bob.next(), bob.next(), bob.next()].map(\.data) == [#"{"n":1}"#, "3", "5", "8"])
            #expect(try await [other.next(), other.next()].map(\.data) == ["5", "6"])
        }
    }

    @Test func aConnectionSeesTheOrderOfTheCallsAcrossChannels() async throws {
        try await self.serving { port, manager in
            let (client, id) = try await SSETestClient.connected(port: port, "/sse?channels=a,b")
            for number in 0..<3_000 {
                switch number % 4 {
                case 0, 1: try manager.broadcast(.text("\(number)"), to: "a")
                case 2: try manager.broadcast(.text("\(number)"), to: "b")
                default: try manager.send(.text("\(number)"), to: id)
                }
            }
            for number in 0..<3_000 { #expect(try await client.next().data == "\(number)") }
        }
    }

    @Test func aMessageFarLargerThanTheOutboxReachesAReader() async throws {
        try await self.serving { port, manager in
            let (client, _) = try await SSETestClient.connected(port: port, "/sse?channels=big")
            let text = String(repeating: "0123456789abcdef", count: 512 << 10)
            try manager.broadcast(.text(text), to: "big")
            try manager.broadcast(.text("small"), to: "big")
            #expect(try await client.next().data == text)
            #expect(try await client.next().data == "small")
        }
    }

    @Test func aReceiptCountsWhatBecameOfTheMessage() async throws {
        try await self.serving { port, manager in
            let (reader, _) = try await SSETestClient.connected(port: port, "/sse?channels=r")
            let (second, _) = try await SSETestClient.connected(port: port, "/sse?channels=r")
            let receipt = try await manager.broadcastReceipt(.text("x"), to: "r")
            #expect(receipt.matched == 2)
            #expect(receipt.dropped == 0)
            #expect(try await reader.next().data == "x")
            #expect(try await second.next().data == "x")
        }
    }

    @Test func subscriptionsByTheServerAreToldAndTakeEffectAtOnce() async throws {
        try await self.serving { port, manager in
            let (client, id) = try await SSETestClient.connected(port: port, "/sse?channels=first")
            #expect(try manager.subscribe(id, to: "second"))
            #expect(try manager.subscribe(id, to: "second"))
            #expect(try manager.broadcast(.text("hello"), to: "second") == 1)
            #expect(manager.channels(of: id) == ["first", "second"])
            #expect(manager.members(of: "second") == [id])
            #expect(manager.unsubscribe(id, from: "first"))
            #expect(!manager.unsubscribe(id, from: "first"))
            #expect(try manager.broadcast(.text("never"), to: "first") == 0)
            #expect(manager.channels() == ["second"])
            #expect(try await client.next().data == #"{"channel":"second"}"#)
            #expect(try await client.next().data == "hello")
            let last = try await client.next()
            #expect(last.event == "unsubscribed")
            #expect(last.data == #"{"channel":"first"}"#)

            let unknown = ConnectionID()
            #expect(try !manager.subscribe(unknown, to: "second"))
            #expect(throws: RealtimeError.self) { try manager.subscribe(id, to: "") }
            #expect(!manager.setMeta(unknown, key: "k", value: 1))
            #expect(manager.stats().connections == 1)
            #expect(manager.stats().channels == ["second": 1])
        }
    }

    @Test func metadataLastsAsLongAsTheConnection() async throws {
        try await self.serving { port, manager in
            let (client, id) = try await SSETestClient.connected(port: port)
            #expect(manager.setMeta(id, key: "visits", value: 3))
            #expect(manager.meta(id, key: "visits", as: Int.self) == 3)
            #expect(manager.meta(id, key: "visits", as: String.self) == nil)
            #expect(manager.setMeta(id, key: "visits", value: nil))
            #expect(manager.meta(id, key: "visits") == nil)
            manager.setMeta(id, key: "visits", value: 4)
            await client.close()
            try await eventually("the connection is gone") { manager.connectionCount == 0 }
            #expect(manager.meta(id, key: "visits") == nil)
            #expect(manager.info(of: id) == nil)
        }
    }
}
