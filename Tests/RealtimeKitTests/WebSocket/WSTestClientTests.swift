//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdTesting
import NIOCore
import RealtimeKit
import Testing

@testable import RealtimeKitTesting

/// What the tests of an application get.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSTestClientTests {
    // MARK: In an application's tests

    private func application(_ manager: WSManager) throws -> some ApplicationProtocol {
        let router = Router()
        let hooks = WSHooks<TestUser>(onConnect: { $0.user?.id != "mallory" })
        router.webSocket("/ws", try .forTests(manager, .init(), hooks))
        return Application(router: router, server: .realtime())
    }

    @Test func anApplicationIsTestedOnItsPort() async throws {
        struct Joined: Decodable {
            let room: String
        }
        let manager = try WSManager()
        try await self.application(manager).test(.live) { client in
            let id = try await client.ws("/ws") { socket in
                let id = try await socket.connectionID()
                try await socket.send(json: ["type": "join", "room": "posts"])
                #expect(try await socket.next("joined", as: Joined.self).room == "posts")
                #expect(manager.members(of: "posts") == [id])
                try manager.broadcast("post:created", ["title": "Hello"], to: "posts")
                try manager.broadcast(["n": 1], to: "posts")
                try await socket.next("post:created")
                try await socket.expect(json: ["n": 1])
                return id
            }
            try await eventually("the client has left") { manager.info(of: id) == nil }
        }
    }

    @Test func aRefusalCanBeLookedAt() async throws {
        try await self.application(WSManager()).test(.live) { client in
            try await client.ws(headers: [.from: "mallory"]) { socket in
                #expect(try await socket.response().status == 403)
                #expect(await socket.head?.headers["content-type"] == "application/json; charset=utf-8")
                #expect(try await socket.body() == #"{"message":"Forbidden"}"#)
                do {
                    let message = try await socket.next()
                    Issue.record("there is no WebSocket, and yet there was \(message)")
                } catch let error as BrokenResponse {
                    #expect(error.what.contains("403"))
                }
            }
        }
    }

    @Test func anApplicationWithoutAPortIsRefused() async throws {
        try await self.application(WSManager()).test(.router) { client in
            _ = await #expect(throws: BrokenResponse.self) { try await client.ws { _ in () } }
        }
    }

    @Test func heartbeatsAreSeenWithAClockThatIsMoved() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        try await self.application(manager).test(.live) { client in
            try await client.ws { socket in
                let id = try await socket.connectionID()
                for _ in 0..<3 {
                    try await clock.advance(by: .seconds(30))
                    try await socket.expect(#"{"type":"ping"}"#)
                    #expect(try await socket.nextFrame() == .ping())
                    try await socket.roundTrip()
                    try await clock.advance(by: .seconds(10))
                }
                #expect(manager.info(of: id) != nil)
            }
        }
    }

    // MARK: What a client does by itself

    /// Connects a client to a server that does what a test says. An answer to a mask that is not known is told from its beginning.
    private func withClient(_ options: WSTestClient.Options, _ test: (WSTestClient, ByteServer) async throws -> Void) async throws {
        let server = try await ByteServer()
        let client = try await WSTestClient.open(port: server.port, options: options)
        try await server.upgrade()
        try await client.untilUpgraded()
        try await test(client, server)
        try? await client.cut()
        await server.close()
    }

    /// Waits for a frame of the client's, which is a short one.
    private func frame(from server: ByteServer) async throws -> WSTestFrame {
        var bytes = ByteBuffer()
        while bytes.readableBytes < 6 || bytes.readableBytes < 6 + Int(bytes.readableBytesView[bytes.readerIndex + 1] & 0x7f) {
            bytes.writeImmutableBuffer(try await server.receive())
        }
        let all = Array(bytes.readableBytesView)
        #expect(all[1] & 0x80 != 0, "a client's frame is masked")
        #expect(all.count == 6 + Int(all[1] & 0x7f))
        let payload = all[6...].enumerated().map { $1 ^ all[2 + $0 % 4] }
        return WSTestFrame(opcode: all[0] & 0xf, payload: ByteBuffer(bytes: payload), isFinal: all[0] & 0x80 != 0, rsv: all[0] >> 4 & 7)
    }

    @Test func pingsAreAnsweredWhileNobodyWaits() async throws {
        try await self.withClient(.init()) { _, server in
            try await server.send(WSTestFrame.ping("are you there?").bytes(masked: false))
            #expect(try await self.frame(from: server) == .pong("are you there?"))
        }
    }

    @Test func aCloseFrameIsAnsweredAndTheServerClosesFirst() async throws {
        try await self.withClient(.init()) { client, server in
            try await server.send(WSTestFrame.close(4403, "kicked").bytes(masked: false))
            #expect(try await self.frame(from: server) == .close(4403))
            try await server.closeOutput()
            try await server.receiveEnd()
            #expect(try await client.untilClose() == .init(.forbidden, "kicked"))
        }
    }

    @Test func aRudeClientAnswersNothing() async throws {
        let options = WSTestClient.Options().with {
            $0.answersPings = false
            $0.answersClose = false
        }
        try await self.withClient(options) { client, server in
            try await server.send(WSTestFrame.ping().bytes(masked: false))
            try await server.send(WSTestFrame.close(1000).bytes(masked: false))
            #expect(try await client.nextFrame() == .ping())
            #expect(try await client.nextFrame() == .close(1000))
            try await server.closeOutput()
            #expect(try await client.untilClose() == .init(.normal))
            try await client.send("still here")
            #expect(try await self.frame(from: server) == .text("still here"))
        }
    }

    @Test func whatStandsInFrontOfSomethingBrokenIsStillRead() async throws {
        try await self.withClient(.init()) { client, server in
            var bytes = WSTestFrame.text("good").bytes(masked: false)
            bytes.writeImmutableBuffer(WSTestFrame.text("masked").bytes())
            try await server.send(bytes)
            try await client.expect("good")
            let error = await #expect(throws: BrokenResponse.self) { try await client.next() }
            #expect(error?.what.contains("masked") == true)
        }
    }

    // MARK: Strictness

    @Test func aHandshakeIsCheckedByTheBook() throws {
        let handshake = WSTestHandshake(subprotocols: ["chat"], key: "dGhlIHNhbXBsZSBub25jZQ==")
        let good = ["upgrade": "WebSocket", "connection": "keep-alive, Upgrade", "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]
        try handshake.check(.init(status: 101, headers: good))
        try handshake.check(.init(status: 101, headers: good.merging(["sec-websocket-protocol": "chat"]) { $1 }))
        for (name, value) in [
            ("upgrade", "h2c"), ("connection", "close"), ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo"),
            ("sec-websocket-protocol", "other"), ("sec-websocket-extensions", "permessage-deflate"), ("content-length", "0"),
            ("transfer-encoding", "chunked"),
        ] {
            #expect(throws: BrokenResponse.self, "\(name): \(value)") {
                try handshake.check(.init(status: 101, headers: good.merging([name: value]) { $1 }))
            }
        }
        for name in good.keys {
            #expect(throws: BrokenResponse.self, "without \(name)") {
                try handshake.check(.init(status: 101, headers: good.filter { $0.key != name }))
            }
        }
    }

    @Test func aServerThatDoesNotKnowTheHandshakeFailsTheTest() async throws {
        let router = Router()
        router.get("ws") { _, _ in
            Response(status: .switchingProtocols, headers: [.upgrade: "websocket", .connection: "Upgrade", .secWebSocketAccept: "x"])
        }
        try await TestServer.run(router) { server in
            let client = try await WSTestClient.open(port: server.port)
            let error = await #expect(throws: BrokenResponse.self) { try await client.response() }
            #expect(error?.what.contains("Sec-WebSocket-Accept") == true)
        }
    }

    @Test func whatIsNotAsExpectedIsShown() async throws {
        try await TestServer.run(WSHandler { socket, message in try await socket.send(message) }) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            for (sent, isExpected) in [
                (#"{"b":[1,2.5,null,true,"x"],"a":{}}"#, true), (#"{"a":{},"b":[1,2.5,null,true,"y"]}"#, false), ("{", false),
            ] {
                try await client.send(sent)
                let matches = (try? await client.expect(json: Sample())) != nil
                #expect(matches == isExpected, "\(sent)")
            }
            try await client.send("a")
            let error = await #expect(throws: BrokenResponse.self) { try await client.expect("b") }
            #expect(error?.what == "expected 'b', but got 'a'")
            try await client.send(binary: ByteBuffer(bytes: [1, 2]))
            await #expect(throws: BrokenResponse.self) { try await client.expect("b") }
            await client.leave()
        }
    }

    private struct Sample: Encodable {
        struct Empty: Encodable {}

        func encode(to encoder: any Encoder) throws {
            enum Key: CodingKey {
                case a
                case b
            }
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(Empty(), forKey: .a)
            var list = container.nestedUnkeyedContainer(forKey: .b)
            try list.encode(1)
            try list.encode(2.5)
            try list.encodeNil()
            try list.encode(true)
            try list.encode("x")
        }
    }

    @Test func nothingIsWaitedForForEver() async throws {
        try await TestServer.run(WSManager()) { server in
            let client = try await WSTestClient.open(port: server.port, options: .init(timeout: .milliseconds(50)))
            await #expect(throws: TestTimeout.self) { while true { _ = try await client.next() } }
            await client.leave()
        }
    }

    @Test func aConnectionThatEndsWithoutACloseFrameIsNotAGoodEnd() async throws {
        let router = Router()
        router.webSocket("/ws", WSHandler<BasicRequestContext> { socket, _ in try await socket.send("x") })
        try await TestServer.run(router) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            try await client.cut()
            await #expect(throws: BrokenResponse.self) { try await client.untilClose() }
        }
    }
}
