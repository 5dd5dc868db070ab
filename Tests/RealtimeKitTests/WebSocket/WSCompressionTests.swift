//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import NIOCore
import RealtimeCore
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Compression on real connections (RFC 7692).
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSCompressionTests {
    private static let offering = WSTestClient.Options().with { $0.compression = true }
    private static let long = String(repeating: "All work and no play makes a dull message. ", count: 30)

    private struct Post: Codable, Equatable {
        var text = WSCompressionTests.long
    }

    @Test func aRoomsMessageIsCompressedForThoseWhoTakeThat() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (plain, _) = try await server.connected()
            let (taking, _) = try await server.connected(options: Self.offering)
            let (small, _) = try await server.connected(options: Self.offering)
            for client in [plain, taking, small] { try await client.join("room") }
            #expect(try manager.broadcast(Post(), to: "room") == 3)
            #expect(try manager.broadcast("short", to: "room") == 3)
            for (client, isCompressed) in [(plain, false), (taking, true), (small, true)] {
                let frame = try await client.nextFrame()
                #expect(frame.rsv == (isCompressed ? 4 : 0))
                #expect(isCompressed == (frame.payload.readableBytes < Self.long.utf8.count / 4))
                // What is short is not worth it.
                #expect(try await client.nextFrame() == .text("\"short\""))
            }
            #expect(try manager.broadcast(Post(), to: "room") == 3)
            try await taking.expect(json: Post())
            for client in [plain, taking, small] { await client.leave() }
        }
    }

    @Test func manyMessagesAtOnceKeepTheirOrder() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (plain, _) = try await server.connected()
            let (taking, _) = try await server.connected(options: Self.offering)
            for client in [plain, taking] { try await client.join("room") }
            for index in 0..<200 { try manager.broadcast(index % 3 == 0 ? "\(index)" : "\(index) " + Self.long, to: "room") }
            for client in [plain, taking] {
                for index in 0..<200 { try await client.expect(json: index % 3 == 0 ? "\(index)" : "\(index) " + Self.long) }
                await client.leave()
            }
        }
    }

    @Test func messagesToOneAndAnswersAreCompressed() async throws {
        let manager = try WSManager()
        let hooks = WSHooks<TestUser>(onMessage: { _ in Post() })
        try await TestServer.run(manager, .init(), hooks) { server in
            let (client, id) = try await server.connected(options: Self.offering)
            #expect(try manager.send(Post(), to: id))
            #expect(try await client.nextFrame().rsv == 4)
            try await client.send(#"{"type":"anything"}"#)
            let answer = try await client.nextFrame()
            #expect(answer.rsv == 4)
            #expect(answer.payload.readableBytes < Self.long.utf8.count / 4)
            await client.leave()
        }
    }

    @Test func aCompressedMessageIsUnderstoodAndReachesTheOthers() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (sender, id) = try await server.connected(options: Self.offering)
            let (receiver, _) = try await server.connected()
            for client in [sender, receiver] { try await client.join("room") }
            let text = #"{"type":"broadcast","room":"room","payload":"\#(Self.long)"}"#
            var frame = WireMessage.webSocket(.text) { $0.writeString(text) }.deflated(from: 0).deflated ?? ByteBuffer()
            // The header of a server's frame of 126 bytes or less, or of more.
            let length = frame.getInteger(at: frame.readerIndex + 1, as: UInt8.self) ?? 0
            frame.moveReaderIndex(forwardBy: length < 126 ? 2 : 4)
            try await sender.send(frame: WSTestFrame(opcode: 1, payload: frame, rsv: 4))
            let expected = #"{"type":"message","room":"room","from":"\#(id)","payload":"\#(Self.long)"}"#
            try await receiver.expect(expected)
            for client in [sender, receiver] { await client.leave() }
        }
    }

    @Test(arguments: [false, true]) func anEchoIsCompressed(isAsync: Bool) async throws {
        let handler: WSHandler<BasicRequestContext> =
            isAsync
            ? WSHandler { socket, message in
                await Task.yield()
                try await socket.send(message)
            } : WSHandler(answer: { $0 })
        try await TestServer.run(handler) { server in
            let client = try await WSTestClient.upgraded(port: server.port, options: Self.offering)
            for text in [Self.long, "short", Self.long] {
                try await client.send(text)
                let frame = try await client.nextFrame()
                #expect(frame.rsv == (text == "short" ? 0 : 4))
            }
            try await client.send(Self.long)
            try await client.expect(Self.long)
            await client.leave()
        }
    }

    @Test func aClientsSmallerWindowIsKept() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let socket = try await TestSocket.connect(port: server.port)
            let handshake = WSTestHandshake(subprotocols: []).fields.joined(separator: "\r\n")
            let offer = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10"
            try await socket.send(ByteBuffer(string: "GET /ws HTTP/1.1\r\nHost: x\r\n\(handshake)\r\n\(offer)\r\n\r\n"))
            let head = try await socket.receive(until: "\r\n\r\n")
            #expect(head.contains("server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10\r\n"), "\(head)")
            await socket.close()
        }
    }

    @Test func compressionCanBeSwitchedOff() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager, .with { $0.compression = false }) { server in
            let (client, id) = try await server.connected(options: Self.offering)
            #expect(await client.head?.headers["sec-websocket-extensions"] == nil)
            #expect(try manager.send(Post(), to: id))
            #expect(try await client.nextFrame().rsv == 0)
            try await client.send(frame: WSTestFrame(opcode: 1, "x", rsv: 4))
            #expect(try await client.untilClose().code == .protocolError)
        }
    }

    @Test func theThresholdIsTheManagers() async throws {
        let manager = try WSManager(configuration: .init(compressionThreshold: 20))
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected(options: Self.offering)
            #expect(try manager.send(String(repeating: "a", count: 17), to: id))
            #expect(try manager.send(String(repeating: "a", count: 18), to: id))
            #expect(try await client.nextFrame().rsv == 0)
            #expect(try await client.nextFrame().rsv == 4)
            await client.leave()
        }
        for bad in [-1, 1 << 31] {
            #expect(throws: RealtimeError.self) { try WSManager(configuration: .init(compressionThreshold: bad)) }
        }
    }

    @Test func aBombEndsTheConnection() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager, .with { $0.maxMessageBytes = 10_000 }) { server in
            let (client, _) = try await server.connected(options: Self.offering)
            var bomb = ByteBuffer()
            let zeros = [UInt8](repeating: 0x61, count: 5_000_000)
            _ = zeros.withUnsafeBytes { Deflater()?.deflate($0, into: &bomb) }
            #expect(bomb.readableBytes < 50_000)
            // A tenth of it is enough.
            let payload = bomb.getSlice(at: bomb.readerIndex, length: 5000) ?? ByteBuffer()
            try await client.send(frame: WSTestFrame(opcode: 1, payload: payload, isFinal: false, rsv: 4))
            #expect(try await client.untilClose().code == .messageTooBig)
        }
    }
}
