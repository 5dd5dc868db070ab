//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import NIOCore
import RealtimeKitHTTP2
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// How long a client may take until its first request is there, and be idle afterwards. Nothing here says how soon a connection ends at the
/// latest: tests that wait for an end do so for as long as the slowest machine needs.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HeaderTimeoutTests {
    private static let patience = Duration.seconds(60)
    /// For those who are too late anyway.
    private static let short = Duration.milliseconds(200)
    /// For those who have to be in time: event loops may be busy with other tests.
    private static let long = Duration.seconds(2)

    /// Writes as soon as it is connected, without waiting for any task: for requests that must not be late.
    private final class Eager: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let text: String

        init(_ text: String) {
            self.text = text
        }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: self.text)), promise: nil)
            context.fireChannelActive()
        }
    }

    private func connect(_ port: Int, sending text: String) async throws -> TestSocket {
        try await TestSocket.connect(port: port) { try $0.pipeline.syncOperations.addHandler(Eager(text)) }
    }

    private func router(_ manager: SSEManager, onConnect: SSEHooks<Anonymous>.OnConnect? = nil) throws -> Router<BasicRequestContext> {
        Router()
            .get("plain") { _, _ in "plain" }
            .post("echo") { request, _ in try await request.body.collect(upTo: 1024) }
            .sse("/sse", try SSEPlugin(manager: manager, hooks: .init(onConnect: onConnect)))
    }

    // MARK: Too late

    @Test(arguments: [
        "", "G", "GET /sse HTTP/1.1\r\n", "GET /sse HTTP/1.1\r\nHost: x\r\n", "GET /sse HTTP/1.1\r\nHost: x\r\n\r", "\r\n\r\n",
        "GET /sse?channels=" + String(repeating: "a", count: 10_000),
    ])
    func aConnectionWithoutAWholeHeadIsClosed(sent: String) async throws {
        let manager = try SSEManager()
        let counting = CountingServer()
        let asked = Recorder<Void>()
        let router = try self.router(manager) { _ in
            asked.add(())
            return true
        }
        try await TestServer.run(router, server: counting.builder(headerTimeout: Self.short)) { server in
            let socket = try await self.connect(server.port, sending: sent)
            #expect(try await socket.receiveAll(timeout: Self.patience).isEmpty)
            try await eventually("nothing is left of it") { counting.total == 1 && counting.tasks == 0 }
            #expect(asked.values.isEmpty)
        }
    }

    @Test(arguments: ["GET /sse HTTP/1.1\r\nHost: x\r\nX-Slow: ", "\r\nGET /", "GET /sse?channels="]) func oneByteAtATimeWinsNoTime(
        beginning: String
    ) async throws {
        try await TestServer.run(self.router(SSEManager()), server: .realtime(headerTimeout: Self.short)) { server in
            let socket = try await TestSocket.connect(port: server.port)
            let sender = Task {
                try await socket.send(beginning)
                while !Task.isCancelled {
                    // The pace of the client, not a wait for something.
                    try await Task.sleep(for: .milliseconds(5))
                    try await socket.send("a")
                }
            }
            #expect(try await socket.receiveAll(timeout: Self.patience).isEmpty)
            sender.cancel()
            _ = await sender.result
        }
    }

    @Test(arguments: [true, false]) func theTimeOfTLSIsIncluded(withHTTP2: Bool) async throws {
        let tls = try TestCertificate.server()
        let builder: HTTPServerBuilder =
            withHTTP2
            ? .realtimeHTTP2(tlsConfiguration: tls, headerTimeout: Self.short)
            : try .tls(.realtime(headerTimeout: Self.short), tlsConfiguration: tls)
        try await TestServer.run(self.router(SSEManager()), server: builder) { server in
            // No handshake, the beginning of one, and one without a request behind it.
            for sent in ["", "\u{16}\u{3}\u{1}\u{2}"] {
                let socket = try await self.connect(server.port, sending: sent)
                _ = try await socket.receiveAll(timeout: Self.patience)
            }
            let silent = try await TestSocket.connectTLS(port: server.port)
            #expect(try await silent.receiveAll(timeout: Self.patience).isEmpty)
        }
    }

    @Test func manyThatWaitAreAllClosedAndOneThatReadsItsStreamIsNot() async throws {
        let manager = try SSEManager()
        let counting = CountingServer()
        try await TestServer.run(self.router(manager), server: counting.builder(headerTimeout: Self.long)) { server in
            let reader = try await self.connect(server.port, sending: "GET /sse?channels=a HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await reader.receive(until: "event: connected")
            try await withThrowingTaskGroup { group in
                for number in 0..<60 {
                    group.addTask {
                        let socket = try await self.connect(server.port, sending: String("GET /sse HTTP/1.1".prefix(number % 18)))
                        #expect(try await socket.receiveAll(timeout: Self.patience).isEmpty)
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("nothing is left of them") { counting.total == 61 && counting.tasks == 0 }
            try manager.broadcast(.text("still here"), to: "a")
            _ = try await reader.receive(until: "data: still here")
            await reader.close()
        }
    }

    // MARK: In time

    @Test func whatFollowsAHeadThatCameInTimeMayTakeItsTime() async throws {
        let manager = try SSEManager()
        let gate = Gate()
        let router = try self.router(manager) { info in
            if info.request.uri.query == "slow" { await gate.pass() }
            return true
        }
        try await TestServer.run(router, server: .realtime(headerTimeout: Self.long)) { server in
            let deciding = try await self.connect(server.port, sending: "GET /sse?slow HTTP/1.1\r\nHost: x\r\n\r\n")
            let streaming = try await self.connect(server.port, sending: "GET /sse?channels=a HTTP/1.1\r\nHost: x\r\n\r\n")
            let uploading = try await self.connect(server.port, sending: "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
            let idle = try await self.connect(server.port, sending: "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await idle.receive(until: "plain")
            // The second head of a connection may take as long as it likes.
            try await idle.send("GET /plain HT")
            // Whoever comes later and sends nothing shows that the time is over.
            let silent = try await TestSocket.connect(port: server.port)
            #expect(try await silent.receiveAll(timeout: Self.patience).isEmpty)

            try await idle.send("TP/1.1\r\nHost: x\r\n\r\n")
            _ = try await idle.receive(until: "plain")
            try await uploading.send("cd")
            _ = try await uploading.receive(until: "abcd")
            gate.open()
            _ = try await deciding.receive(until: "event: connected")
            try manager.broadcast(.text("still here"), to: "a")
            _ = try await streaming.receive(until: "data: still here")
            for socket in [deciding, streaming, uploading, idle] { await socket.close() }
        }
    }

    @Test func aConnectionThatIsIdleBetweenRequestsIsClosed() async throws {
        let manager = try SSEManager()
        let server = HTTPServerBuilder.realtime(configuration: .init(idleTimeout: TimeAmount(Self.long)), headerTimeout: nil)
        try await TestServer.run(self.router(manager), server: server) { server in
            let request = "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"
            let idle = try await self.connect(server.port, sending: request)
            // Half a request is none, whether its head is missing or its body.
            let beginning = try await self.connect(server.port, sending: request + "GET /plain HTTP/1.1\r\n")
            let uploading = try await self.connect(server.port, sending: "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
            for socket in [idle, beginning] {
                let answer = try await socket.receiveAll(timeout: Self.patience)
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
                #expect(answer.hasSuffix("\r\n\r\nplain"))
            }
            #expect(try await !uploading.receiveAll(timeout: Self.patience).contains(" 200 "))
        }
    }

    // MARK: Settings

    @Test(arguments: [.zero, .microseconds(999), .seconds(-1), .seconds(3601)] as [Duration])
    func valuesOutOfRangeEndTheStartOfTheApplication(timeout: Duration) async throws {
        for server in [
            HTTPServerBuilder.realtime(headerTimeout: timeout),
            .realtimeHTTP2(tlsConfiguration: try TestCertificate.server(), headerTimeout: timeout),
        ] {
            let application = Application(
                router: Router(),
                server: server,
                configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                logger: .silent
            )
            let error = await #expect(throws: RealtimeError.self) { try await application.run() }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains("1 ms to 1 hour") == true)
        }
    }

    @Test func theBoundsAreAccepted() throws {
        _ = try HeaderTimeout(.milliseconds(1))
        _ = try HeaderTimeout(.seconds(3600))
    }
}
