//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// From the last byte of HTTP to the first of the WebSocket, on every way.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSTakeoverTests {
    // MARK: What works

    @Test(arguments: WSPath.allCases) func aWebSocketWorksFromBeginningToEnd(path: WSPath) async throws {
        let manager = try path.manager()
        let ends = Recorder<DisconnectReason>()
        try await path.run(manager, .init(), .init(onDisconnect: { ends.add($0.reason) })) { server in
            let (alice, id) = try await server.connected(headers: ["From: alice"])
            let (bob, _) = try await server.connected()
            #expect(manager.info(of: id)?.userID == "alice")
            try await alice.join("chat")
            try await bob.join("chat")
            try await alice.send(#"{"type":"broadcast","room":"chat","payload":"hi"}"#)
            try await bob.expect(#"{"type":"message","room":"chat","from":"\#(id)","payload":"hi"}"#)
            try manager.broadcast(.text(String(repeating: "x", count: 300_000)), to: "chat")
            for client in [alice, bob] { #expect(try await client.next().bytes.readableBytes == 300_000) }
            try await alice.roundTrip()
            try await alice.close(.goingAway, reason: "bye")
            #expect(try await alice.untilClose() == .init(.goingAway))
            try manager.disconnectAll()
            #expect(try await bob.untilClose() == .init(.forbidden, "kicked"))
            try await eventually("both ends were reported") { ends.values.count == 2 }
            #expect(Set(ends.values) == [.clientClosed, .kicked])
            #expect(manager.connectionCount == 0)
        }
        #expect(ends.values.count == 2)
    }

    @Test(arguments: WSPath.servers) func keepAliveRequestsBeforeItWork(path: WSPath) async throws {
        try await path.run(path.manager()) { server in
            let socket = try await server.socket()
            for _ in 0..<3 { #expect(try await server.base.request("GET", "/plain", on: socket).body == "plain") }
            let client = try await server.open(on: socket)
            _ = try await client.connectionID()
            try await client.join("a")
            await client.leave()
        }
    }

    @Test(arguments: WSPath.servers) func aPipelinedRequestInFrontIsAnswered(path: WSPath) async throws {
        try await path.run(path.manager()) { server in
            let socket = try await server.socket()
            let handshake = ["GET /ws HTTP/1.1", "Host: x"] + WSTestHandshake(subprotocols: []).fields
            let frames = WSTestFrame.text(#"{"type":"ping"}"#).bytes()
            var bytes = ByteBuffer(string: "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n" + handshake.joined(separator: "\r\n") + "\r\n\r\n")
            bytes.writeImmutableBuffer(frames)
            try await socket.send(bytes)
            let answer = try await socket.receive(until: #"{"type":"pong"}"#)
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.contains("plainHTTP/1.1 101 "))
            await socket.close()
        }
    }

    @Test func theTaskGoesAndTheConnectionStays() async throws {
        let manager = try WSManager()
        let counting = CountingServer()
        try await WSPath.direct.run(manager, server: counting.builder()) { server in
            let (client, _) = try await server.connected()
            try await eventually("the task of the connection has ended") { counting.total == 1 && counting.tasks == 0 }
            try await client.join("a")
            try manager.broadcast(.text("x"), to: "a")
            try await client.expect("x")
            await client.leave()
        }
    }

    @Test func theIdleTimeoutOfTheServerDoesNotEndIt() async throws {
        let manager = try WSManager()
        let builder = CountingServer().builder(configuration: .init(idleTimeout: .milliseconds(100)))
        try await WSPath.direct.run(manager, server: builder) { server in
            let (client, _) = try await server.connected()
            // Idle connections beside it show that the timeout is in force.
            for _ in 0..<2 { #expect(try await server.socket().receiveAll().isEmpty) }
            try await client.join("a")
            await client.leave()
        }
    }

    // MARK: Frames that do not wait for the answer

    private static let pings = (0..<50).map { "{\"type\":\"ping\",\"id\":\($0)}" }

    private func expectPongs(_ client: WSTestClient) async throws {
        _ = try await client.connectionID()
        for number in 0..<Self.pings.count { try await client.expect("{\"type\":\"pong\",\"id\":\(number)}") }
    }

    @Test(arguments: WSPath.servers) func framesInThePacketOfTheHandshakeAreNotLost(path: WSPath) async throws {
        try await path.run(path.manager()) { server in
            let early = Self.pings.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer(WSTestFrame.text($1).bytes()) }
            for count in [early.readableBytes, 1, 7, 29] {
                // Cut anywhere: the rest comes behind.
                var rest = early
                let glued = rest.readSlice(length: count) ?? ByteBuffer()
                let client = try await server.open(options: .init().with { $0.early = glued })
                try await client.send(raw: rest)
                try await self.expectPongs(client)
                await client.leave()
            }
        }
    }

    @Test(arguments: WSPath.servers) func framesThatComeWhileAHookIsAskedAreNotLost(path: WSPath) async throws {
        let asked = Gate()
        let answer = Gate()
        let hooks = WSHooks<TestUser>(onConnect: { _ in
            asked.open()
            await answer.pass()
            return true
        })
        try await path.run(path.manager(), .init(), hooks) { server in
            let client = try await server.open(options: .init().with { $0.early = WSTestFrame.text(Self.pings[0]).bytes() })
            await asked.pass()
            for ping in Self.pings.dropFirst() { try await client.send(ping) }
            answer.open()
            try await self.expectPongs(client)
            await client.leave()
        }
    }

    @Test(arguments: WSPath.servers) func aLargeMessageBehindTheHandshakeIsNotLost(path: WSPath) async throws {
        let padding = String(repeating: "x", count: 200_000)
        try await path.run(path.manager()) { server in
            let early = WSTestFrame.text("{\"type\":\"ping\",\"padding\":\"\(padding)\"}").bytes()
            let client = try await server.open(options: .init().with { $0.early = early })
            _ = try await client.connectionID()
            try await client.expect(#"{"type":"pong"}"#)
            await client.leave()
        }
    }

    // MARK: Clients that do not wait at all

    @Test(arguments: WSPath.servers, [true, false]) func aClientThatLeavesBehindItsHandshakeIsNoticed(path: WSPath, sendsClose: Bool) async throws {
        let manager = try path.manager()
        let connects = Recorder<ConnectionID>()
        let ends = Recorder<DisconnectReason>()
        let hooks = WSHooks<TestUser>(
            onConnect: { info in
                connects.add(info.id)
                return true
            },
            onDisconnect: { ends.add($0.reason) }
        )
        try await path.run(manager, .init(), hooks) { server in
            for _ in 0..<10 {
                let client = try await server.open(options: .init().with { if sendsClose { $0.early = WSTestFrame.close(1000).bytes() } })
                try await client.closeOutput()
                await client.leave()
            }
            // Another one, to see that all is well.
            let (client, _) = try await server.connected()
            try await client.join("a")
            try await client.close()
            try await client.untilClose()
            try await eventually("nobody is left") { manager.connectionCount == 0 && !connects.values.isEmpty }
            #expect(ends.values.count <= connects.values.count)
        }
    }
}
