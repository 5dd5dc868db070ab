//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdRouter
import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Testing

/// The plain form: a handler for each message, without rooms.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSHandlerTests {
    private struct Failure: Error {}
    private typealias Handler = WSHandler<BasicRequestContext>

    // MARK: Messages

    private static let echo = Handler { socket, message in try await socket.send(message) }

    @Test func messagesAreEchoedAsTheyCame() async throws {
        var configuration = Handler.Configuration()
        configuration.maxMessageBytes = 4 << 20
        let echo = try Handler(configuration: configuration) { socket, message in try await socket.send(message) }
        try await TestServer.run(echo) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            let large = String(repeating: "grün", count: 500_000)
            let bytes = ByteBuffer(bytes: (0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
            for message in [.text("hi"), .text(""), .binary(ByteBuffer()), .binary(bytes), .text(large), .text("ü👋\u{0}")] as [WSMessage] {
                try await client.send(message)
                #expect(try await client.next() == message)
            }
            await client.leave()
        }
    }

    @Test func fragmentsAreOneMessage() async throws {
        try await TestServer.run(Self.echo) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            var euro = ByteBuffer(string: "€")
            try await client.send(frame: WSTestFrame(opcode: 1, payload: euro.readSlice(length: 1) ?? ByteBuffer(), isFinal: false))
            try await client.send(frame: .ping("between"))
            try await client.send(frame: .continuation("", isFinal: false))
            try await client.send(frame: WSTestFrame(opcode: 0, payload: euro))
            #expect(try await client.nextFrame() == .pong("between"))
            #expect(try await client.nextFrame() == .text("€"))
            try await client.send(frame: .binary(ByteBuffer(bytes: [1]), isFinal: false))
            for byte in 2..<200 as Range<UInt8> {
                try await client.send(frame: WSTestFrame(opcode: 0, payload: ByteBuffer(bytes: [byte]), isFinal: byte == 199))
            }
            try await client.expect(binary: ByteBuffer(bytes: Array(1..<200)))
            await client.leave()
        }
    }

    @Test func manyMessagesAtOnceAreAnsweredInOrder() async throws {
        try await TestServer.run(Self.echo) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            var bytes = ByteBuffer()
            for number in 0..<5000 { bytes.writeImmutableBuffer(WSTestFrame.text("\(number)").bytes()) }
            try await client.send(raw: bytes)
            for number in 0..<5000 { try await client.expect("\(number)") }
            await client.leave()
        }
    }

    @Test func handlersThatWaitRunOneAfterTheOther() async throws {
        let handler = Handler { socket, message in
            // Some answer at once, some later, some twice.
            let number = Int(message.text ?? "") ?? 0
            if number % 3 == 0 { for _ in 0..<Int.random(in: 0...10) { await Task.yield() } }
            try await socket.send("\(number)")
            if number % 5 == 0 {
                await Task.yield()
                try await socket.send("\(number) again")
            }
        }
        try await TestServer.run(handler) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            var bytes = ByteBuffer()
            for number in 0..<300 { bytes.writeImmutableBuffer(WSTestFrame.text("\(number)").bytes()) }
            try await client.send(raw: bytes)
            for number in 0..<300 {
                try await client.expect("\(number)")
                if number % 5 == 0 { try await client.expect("\(number) again") }
            }
            await client.leave()
        }
    }

    // MARK: Beginning and end

    @Test func theBeginningComesBeforeTheMessagesAndTheEndOnce() async throws {
        let log = Recorder<String>()
        let opening = Gate()
        let handler = Handler(
            onOpen: { socket in
                await opening.pass()
                log.add("open \(socket.request.path ?? "-")")
                try await socket.send("hello")
            },
            onClose: { _, reason in log.add("close \(reason)") },
            onMessage: { socket, message in
                log.add("message \(message.text ?? "-")")
                try await socket.send(message)
            }
        )
        try await TestServer.run(handler) { server in
            let client = try await WSTestClient.open(
                port: server.port,
                "/ws?a=b",
                options: .init().with { $0.early = WSTestFrame.text("early").bytes() }
            )
            try await client.untilUpgraded()
            try await client.send("second")
            opening.open()
            for text in ["hello", "early", "second"] { try await client.expect(text) }
            try await client.close(.goingAway)
            #expect(try await client.untilClose() == .init(.goingAway))
            try await eventually("the end was reported") { log.values.count == 4 }
        }
        #expect(log.values == ["open /ws?a=b", "message early", "message second", "close client_closed"])
    }

    /// What a handler closes with, and what the client is told.
    struct Ending: Sendable {
        let code: WSCloseCode
        var reason = ""
        let closing: WSTestClient.Close

        static let all = [
            Ending(code: .normal, closing: .init(.normal)),
            Ending(code: .init(rawValue: 4321), reason: "because", closing: .init(.init(rawValue: 4321), "because")),
            Ending(
                code: .policyViolation,
                reason: String(repeating: "x", count: 200),
                closing: .init(.policyViolation, String(repeating: "x", count: 123))
            ),
            // A code that may not be sent is left out, and the reason with it.
            Ending(code: .init(rawValue: 1006), reason: "gone", closing: .init(nil)),
        ]
    }

    @Test(arguments: Ending.all, [true, false]) func aHandlerClosesWithACode(ending: Ending, waits: Bool) async throws {
        let ends = Recorder<DisconnectReason>()
        let handler = Handler(
            onClose: { _, reason in ends.add(reason) },
            onMessage: { socket, message in
                if waits { await Task.detached {}.value }
                try await socket.send("last words")
                socket.close(code: ending.code, reason: ending.reason)
                socket.close(code: .internalError)
                await #expect(throws: CancellationError.self) { try await socket.send("too late") }
            }
        )
        try await TestServer.run(handler) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            try await client.send("bye")
            try await client.expect("last words")
            #expect(try await client.untilClose() == ending.closing)
            try await eventually("the end was reported") { ends.values == [.completed] }
        }
        #expect(ends.values == [.completed])
    }

    @Test(arguments: [true, false], [true, false]) func anErrorEndsWith1011(whenOpening: Bool, waits: Bool) async throws {
        let ends = Recorder<DisconnectReason>()
        let fail: @Sendable () async throws -> Void = {
            if waits { await Task.detached {}.value }
            throw Failure()
        }
        let handler = Handler(
            onOpen: { _ in if whenOpening { try await fail() } },
            onClose: { _, reason in ends.add(reason) },
            onMessage: { socket, message in
                if message.text == "fail" { try await fail() }
                try await socket.send(message)
            }
        )
        try await TestServer.run(handler) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            if !whenOpening {
                try await client.send("good")
                try await client.expect("good")
                try await client.send("fail")
                try await client.send("never seen")
            }
            // The error itself is nobody's business.
            #expect(try await client.untilClose() == .init(.internalError))
            try await eventually("the end was reported") { ends.values == [.failed] }
        }
        #expect(ends.values == [.failed])
    }

    @Test func aHandlerIsCancelledWhenItsClientIsGone() async throws {
        let log = Recorder<String>()
        let started = Gate()
        let handler = Handler(
            onClose: { socket, reason in
                await socket.closed
                log.add("closed \(reason)")
            },
            onMessage: { socket, _ in
                started.open()
                try? await Task.sleep(for: .seconds(3600))
                log.add("cancelled \(Task.isCancelled)")
                await socket.closed
                await #expect(throws: CancellationError.self) { try await socket.send("x") }
                socket.close()
            }
        )
        try await TestServer.run(handler) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            try await client.send("wait")
            await started.pass()
            try await client.cut()
            try await eventually("both have noticed") { log.values.count == 2 }
            #expect(Set(log.values) == ["cancelled true", "closed connection_lost"])
        }
    }

    @Test func everyoneIsToldToComeBackWhenTheServerStops() async throws {
        try await TestServer.run(Self.echo) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            await server.stop()
            #expect(try await client.untilClose() == .init(.serviceRestart, "shutdown"))
            await server.untilStopped()
        }
    }

    // MARK: Clients that do not read

    @Test(arguments: [WSPath.direct, .tls]) func aClientThatDoesNotReadIsNotDroppedAndHoldsUpNobody(path: WSPath) async throws {
        let (count, size) = (100, 100_000)
        let handler = WSHandlerEndpoint { socket, message in
            guard message.text == "much" else { return try await socket.send(message) }
            for number in 0..<count { try await socket.send(.binary(ByteBuffer(repeating: UInt8(number), count: size))) }
        }
        try await path.run(handler) { server in
            let slow = try await server.open(options: .init(receiveBuffer: 8192))
            try await slow.untilUpgraded()
            try await slow.stall()
            try await slow.send("much")
            let fast = try await server.open()
            try await fast.untilUpgraded()
            for number in 0..<200 {
                try await fast.send("\(number)")
                try await fast.expect("\(number)")
            }
            try await slow.unstall()
            for number in 0..<count { try await slow.expect(binary: ByteBuffer(repeating: UInt8(number), count: size)) }
            try await slow.send("still there")
            try await slow.expect("still there")
            for client in [slow, fast] { await client.leave() }
        }
    }

    @Test(arguments: [WSPath.direct, .tls]) func whoDoesNotReadTheAnswersIsNotReadEither(path: WSPath) async throws {
        let (count, size) = (200, 100_000)
        let received = Recorder<Int>()
        let handler = WSHandlerEndpoint { socket, message in
            received.add(message.bytes.readableBytes)
            try await socket.send(message)
        }
        try await path.run(handler) { server in
            let client = try await server.open(options: .init(receiveBuffer: 8192))
            try await client.untilUpgraded()
            try await client.stall()
            let sending = Task {
                for number in 0..<count { try await client.send(binary: ByteBuffer(repeating: UInt8(number), count: size)) }
            }
            // As many as the buffers on the way hold, and then no more.
            try await eventually("the server has begun") { !received.values.isEmpty }
            let other = try await server.open()
            for number in 0..<100 {
                try await other.send("\(number)")
                try await other.expect("\(number)")
            }
            #expect(received.values.count { $0 == size } < count)
            try await client.unstall()
            for number in 0..<count { try await client.expect(binary: ByteBuffer(repeating: UInt8(number), count: size)) }
            try await sending.value
            for client in [client, other] { await client.leave() }
        }
    }

    // MARK: The handshake

    @Test func aSubprotocolIsChosenAndKnown() async throws {
        var configuration = Handler.Configuration()
        configuration.subprotocols = ["chat.v2", "chat"]
        configuration.headers = [.server: "mine"]
        let handler = try Handler(
            configuration: configuration,
            onOpen: { try await $0.send($0.subprotocol ?? "none") },
            onMessage: { _, _ in }
        )
        try await TestServer.run(handler) { server in
            for (offered, chosen) in [(["chat"], "chat"), (["chat", "chat.v2"], "chat.v2"), (["x"], nil), ([], nil)] {
                let client = try await WSTestClient.upgraded(port: server.port, options: .init(subprotocols: offered))
                #expect(await client.subprotocol == chosen)
                #expect(await client.head?.headers["server"] == "mine")
                try await client.expect(chosen ?? "none")
                await client.leave()
            }
        }
    }

    @Test func aConnectionCanBeDenied() async throws {
        let handler = Handler(
            onConnect: { info in
                if info.request.headers[.from] == nil { return "Who are you?" }
                return true
            },
            onMessage: { socket, _ in try await socket.send("x") }
        )
        try await TestServer.run(handler) { server in
            let refused = try await WSTestClient.open(port: server.port)
            #expect(try await refused.response().status == 401)
            #expect(try await refused.body() == #"{"message":"Who are you?"}"#)
            let strange = try await WSTestClient.open(port: server.port, options: .init(origin: "https://example.com"))
            #expect(try await strange.response().status == 403)
            #expect(try await server.request("GET", "/ws").status == 426)
            let client = try await WSTestClient.upgraded(port: server.port, headers: ["From: alice"])
            await client.leave()
        }
    }

    @Test(arguments: WSPath.allCases) func itWorksOnEveryPath(path: WSPath) async throws {
        try await path.run(WSHandlerEndpoint { socket, message in try await socket.send(message) }) { server in
            let client = try await server.open(options: .init().with { $0.early = WSTestFrame.text("early").bytes() })
            try await client.expect("early")
            try await client.send("x")
            try await client.expect("x")
            try await client.close()
            #expect(try await client.untilClose() == .init(.normal))
        }
    }
}
