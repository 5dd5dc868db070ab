//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Testing

/// What an application does with its WebSockets.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSManagerTests {
    /// Connects so many clients.
    private func clients(_ server: TestServer, _ count: Int) async throws -> [(client: WSTestClient, id: ConnectionID)] {
        var clients: [(client: WSTestClient, id: ConnectionID)] = []
        for number in 0..<count { clients.append(try await server.connected(user: "user\(number)")) }
        return clients
    }

    // MARK: Rooms

    @Test func connectionsAreLetInAndTakenOutAndTold() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected()
            #expect(try manager.join(id, room: "a"))
            try await client.expect(#"{"type":"joined","room":"a"}"#)
            #expect(try manager.join(id, room: "a"))
            #expect(try manager.join(id, room: "b"))
            // Told once: the room that it was in already is not said again.
            try await client.expect(#"{"type":"joined","room":"b"}"#)
            #expect(manager.leave(id, room: "a"))
            try await client.expect(#"{"type":"left","room":"a"}"#)
            #expect(!manager.leave(id, room: "a"))
            #expect(try manager.broadcast(.text("x"), to: "a") == 0)
            #expect(try manager.broadcast(.text("y"), to: "b") == 1)
            try await client.expect("y")
            await client.leave()
        }
    }

    @Test func whoIsThereIsKnown() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let clients = try await self.clients(server, 3)
            try manager.join(clients[0].id, room: "posts")
            try manager.join(clients[1].id, room: "posts")
            try manager.join(clients[1].id, room: "chat")
            #expect(manager.connectionCount == 3)
            #expect(Set(manager.members(of: "posts")) == [clients[0].id, clients[1].id])
            #expect(manager.memberCount(of: "posts") == 2)
            #expect(manager.rooms(of: clients[1].id) == ["posts", "chat"])
            #expect(manager.rooms(of: clients[2].id).isEmpty)
            #expect(Set(manager.rooms()) == ["posts", "chat"])
            #expect(manager.roomCount == 2)
            #expect(manager.connections(ofUser: "user1") == [clients[1].id])
            #expect(manager.info(of: clients[2].id)?.userID == "user2")
            let stats = String(decoding: try JSONEncoder().encode(manager.stats()), as: UTF8.self)
            for part in [#""connections":3"#, #""posts":2"#, #""chat":1"#, #""heartbeatActive":true"#] { #expect(stats.contains(part), "\(stats)") }
            for (client, _) in clients { await client.leave() }
            try await eventually("all of that is gone with the clients") { manager.connectionCount == 0 }
            #expect(manager.rooms().isEmpty && manager.roomCount == 0 && manager.memberCount(of: "posts") == 0)
        }
    }

    @Test func whatIsNotConnectedLeavesNoTrace() throws {
        let manager = try WSManager()
        let id = ConnectionID()
        #expect(try !manager.join(id, room: "a"))
        #expect(!manager.leave(id, room: "a"))
        #expect(try !manager.send(["a": 1], to: id))
        #expect(!manager.send(.text("x"), to: id))
        #expect(try manager.send(["a": 1], toUser: "alice") == 0)
        #expect(!manager.setMeta(id, key: "k", value: 1))
        #expect(manager.meta(id, key: "k") == nil)
        #expect(try !manager.disconnect(id))
        #expect(try manager.disconnect(user: "alice") == 0)
        #expect(try manager.disconnect(room: "a") == 0)
        #expect(try manager.disconnectAll() == 0)
        #expect(!manager.pong(id))
        #expect(try manager.broadcast(.text("x"), to: "a") == 0)
        #expect(manager.broadcastAll(.text("x")) == 0)
        #expect(manager.rooms().isEmpty && manager.members(of: "a").isEmpty && manager.rooms(of: id).isEmpty)
        #expect(manager.stats() == WSManager.emptyStats)
    }

    @Test func badNamesThrow() async throws {
        let manager = try WSManager()
        for name in ["", "a\nb", "\u{0}", String(repeating: "x", count: 256)] {
            #expect(throws: RealtimeError.self) { try manager.join(ConnectionID(), room: name) }
            #expect(throws: RealtimeError.self) { try manager.broadcast(["a": 1], to: name) }
            #expect(throws: RealtimeError.self) { try manager.broadcast("type", ["a": 1], to: name) }
            #expect(throws: RealtimeError.self) { try manager.broadcast(.text("x"), to: name) }
            #expect(throws: RealtimeError.self) { try manager.broadcast(.text("x"), to: name, where: { _ in true }) }
            await #expect(throws: RealtimeError.self) { try await manager.broadcastReceipt(.text("x"), to: name) }
        }
        #expect(throws: RealtimeError.self) { try manager.room("a/:") }
    }

    // MARK: Messages

    @Test func payloadsReachTheirRoomAsTheyAre() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let clients = try await self.clients(server, 4)
            for index in 0..<3 {
                try manager.join(clients[index].id, room: "posts")
                try await clients[index].client.next("joined")
            }
            #expect(try manager.broadcast(["doc": ["title": "Hello"]], to: "posts") == 3)
            #expect(try manager.broadcast("post:created", ["id": 1, "author": 2, "type": 3], to: "posts", excluding: [clients[1].id]) == 2)
            #expect(try manager.broadcast(.text("not JSON"), to: "posts", excluding: [clients[0].id, clients[3].id]) == 2)
            #expect(try manager.broadcast(.binary(ByteBuffer(bytes: [0, 1])), to: "posts", where: { $0.userID == "user2" }) == 1)
            #expect(try manager.broadcast([1, 2], to: "posts", excluding: [clients[2].id], where: { $0.userID != "user0" }) == 1)
            manager.broadcastAll(.text("end"))
            let expected: [[WSMessage]] = [
                [.text(#"{"doc":{"title":"Hello"}}"#), .text(#"{"type":"post:created","author":2,"id":1}"#)],
                [.text(#"{"doc":{"title":"Hello"}}"#), .text("not JSON"), .text("[1,2]")],
                [
                    .text(#"{"doc":{"title":"Hello"}}"#), .text(#"{"type":"post:created","author":2,"id":1}"#), .text("not JSON"),
                    .binary(ByteBuffer(bytes: [0, 1])),
                ],
                [],
            ]
            for (messages, (client, _)) in zip(expected, clients) {
                for message in messages { #expect(try await client.next() == message) }
                try await client.expect("end")
                await client.leave()
            }
        }
    }

    @Test func messagesReachEveryoneOneConnectionOrOneUser() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            var clients = try await self.clients(server, 2)
            clients.append(try await server.connected(user: "user1"))
            let ids = clients.map(\.id)
            #expect(try manager.broadcastAll(["n": 1]) == 3)
            #expect(try manager.broadcastAll("t", ["n": 2], excluding: [ids[0]]) == 2)
            #expect(manager.broadcastAll(.text("3"), excluding: ids) == 0)
            #expect(manager.broadcastAll(.text("4"), where: { $0.id == ids[0] }) == 1)
            #expect(try manager.send(["n": 5], to: ids[0]))
            #expect(manager.send(.text("6"), to: ids[1]))
            #expect(try manager.send(["n": 7], toUser: "user1") == 2)
            #expect(manager.send(.text("8"), toUser: "user1") == 2)
            #expect(manager.send(.text("9"), toUser: "nobody") == 0)
            let expected = [
                [#"{"n":1}"#, "4", #"{"n":5}"#],
                [#"{"n":1}"#, #"{"type":"t","n":2}"#, "6", #"{"n":7}"#, "8"],
                [#"{"n":1}"#, #"{"type":"t","n":2}"#, #"{"n":7}"#, "8"],
            ]
            manager.broadcastAll(.text("end"))
            for (texts, (client, _)) in zip(expected, clients) {
                for text in texts + ["end"] { try await client.expect(text) }
                await client.leave()
            }
        }
    }

    @Test func whatCannotBeEncodedThrowsAndNothingIsSent() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected()
            try await client.join("a")
            #expect(throws: (any Error).self) { try manager.broadcast([Double.nan], to: "a") }
            #expect(throws: (any Error).self) { try manager.broadcastAll("t", ["n": Double.infinity]) }
            #expect(throws: (any Error).self) { try manager.send([Double.nan], to: id) }
            manager.broadcastAll(.text("end"))
            try await client.expect("end")
            await client.leave()
        }
    }

    @Test func aReceiptTellsWhatBecameOfAMessage() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let clients = try await self.clients(server, 3)
            for (client, _) in clients { try await client.join("a") }
            let receipt = try await manager.broadcastReceipt(["n": 1], to: "a", excluding: [clients[2].id])
            #expect(receipt.matched == 2 && receipt.dropped == 0 && receipt.queued == 0)
            #expect(try await manager.broadcastReceipt(.text("x"), to: "nowhere").matched == 0)
            for (client, _) in clients.dropLast() { try await client.expect(#"{"n":1}"#) }
            for (client, _) in clients { await client.leave() }
        }
    }

    @Test func manyMessagesToManyClientsArriveInOrder() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let clients = try await self.clients(server, 8)
            for (client, _) in clients { try await client.join("a", "b") }
            for number in 0..<500 { try manager.broadcast(.text("\(number)"), to: number % 3 == 0 ? "a" : "b") }
            for (client, _) in clients {
                for number in 0..<500 { try await client.expect("\(number)") }
                await client.leave()
            }
        }
    }

    // MARK: Beside connections

    @Test func valuesAreKeptBesideAConnectionAsLongAsItLasts() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected()
            #expect(manager.setMeta(id, key: "role", value: "admin"))
            #expect(manager.meta(id, key: "role", as: String.self) == "admin")
            #expect(manager.meta(id, key: "role", as: Int.self) == nil)
            #expect(manager.meta(id, key: "other") == nil)
            try await client.join("a")
            #expect(try manager.broadcast(.text("admins"), to: "a", where: { $0.metadata["role", as: String.self] == "admin" }) == 1)
            try await client.expect("admins")
            #expect(manager.setMeta(id, key: "role", value: nil))
            #expect(manager.meta(id, key: "role") == nil)
            try await client.close()
            try await client.untilClose()
            #expect(!manager.setMeta(id, key: "role", value: 1))
        }
    }
}

extension WSManager {
    fileprivate static var emptyStats: WSStats? {
        try? JSONDecoder().decode(WSStats.self, from: Data(#"{"connections":0,"rooms":{},"heartbeatActive":false}"#.utf8))
    }
}
