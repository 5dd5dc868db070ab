//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOEmbedded
import NIOTLS
import RealtimeKit
import Testing

@testable import RealtimeKitHTTP2

/// Connections and streams that were set up and that nobody serves: a server that is cancelled drops them. NIO ends the process when the
/// writer of one is dropped unfinished, so that each of these tests takes all others down if it fails.
@Suite(.serialized, .timeLimit(.minutes(1))) struct UnservedConnectionTests {
    /// Serves a connection, or drops it.
    private struct Server<Child: ServerChildChannel>: Sendable {
        let child: Child
        let channel: NIOAsyncTestingChannel
        let value: EventLoopFuture<Child.Value>

        /// Sets a connection up.
        init(_ child: Child) async throws {
            let channel = NIOAsyncTestingChannel()
            self.child = child
            self.channel = channel
            self.value = channel.eventLoop.flatSubmit { child.setup(channel: channel, logger: .silent) }
            _ = try await self.value.get()
        }

        func serve() async throws {
            await self.child.handle(value: try await self.value.get(), logger: .silent)
        }
    }

    private static func connect(_ channel: NIOAsyncTestingChannel) async throws {
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
    }

    /// What a client says first on HTTP/2: the preface, and settings that change nothing.
    private static let greeting = ByteBuffer(bytes: Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])

    /// A GET of `/` on a stream that is new.
    private static func request(stream: UInt8) -> ByteBuffer {
        ByteBuffer(bytes: [0, 0, 6, 1, 5, 0, 0, 0, stream, 0x82, 0x84, 0x87, 0x41, 0x01, 0x78])
    }

    /// A connection of the server for HTTP/2, on which the client has chosen a protocol.
    private func negotiated(
        _ name: String,
        responder: @escaping HTTPChannelHandler.Responder = { _, _, _ in }
    ) async throws -> Server<NegotiatedChannel> {
        let server = try await Server(NegotiatedChannel(responder: responder, configuration: .init(), headerTimeout: nil))
        try await Self.connect(server.channel)
        try await server.channel.eventLoop.submit { [channel = server.channel] in
            channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: name))
        }.get()
        return server
    }

    @Test(arguments: [true, false]) func anHTTP1ConnectionThatIsDroppedIsClosed(isActive: Bool) async throws {
        func setUp() async throws -> NIOAsyncTestingChannel {
            let child = RealtimeHTTP1Channel(responder: { _, _, _ in }, configuration: .init(), headerTimeout: nil)
            let server = try await Server(child)
            if isActive { try await Self.connect(server.channel) }
            return server.channel
        }
        try await setUp().closeFuture.get()
    }

    @Test func aConnectionThatIsDroppedBeforeItsProtocolIsChosenIsClosed() async throws {
        func setUp() async throws -> NIOAsyncTestingChannel {
            let server = try await Server(NegotiatedChannel(responder: { _, _, _ in }, configuration: .init(), headerTimeout: nil))
            try await Self.connect(server.channel)
            return server.channel
        }
        try await setUp().closeFuture.get()
    }

    @Test(arguments: ["h2", "http/1.1"]) func aConnectionThatIsDroppedOnceItsProtocolIsChosenIsClosed(name: String) async throws {
        try await self.negotiated(name).channel.closeFuture.get()
    }

    @Test func streamsOfAnHTTP2ConnectionThatIsDroppedAreClosed() async throws {
        func setUp() async throws -> NIOAsyncTestingChannel {
            let server = try await self.negotiated("h2")
            try await server.channel.writeInbound(Self.greeting)
            try await server.channel.writeInbound(Self.request(stream: 1))
            return server.channel
        }
        try await setUp().closeFuture.get()
    }

    @Test func aStreamThatComesWhenItsConnectionIsNoLongerServedDoesNoHarm() async throws {
        let (requests, request) = AsyncStream.makeStream(of: Void.self)
        let server = try await self.negotiated("h2") { _, _, _ in
            request.yield()
            // Until the task is cancelled.
            for await _ in AsyncStream(Never.self, { _ in }) {}
        }
        let serving = Task { try await server.serve() }
        try await server.channel.writeInbound(Self.greeting)
        try await server.channel.writeInbound(Self.request(stream: 1))
        for await _ in requests { break }
        // In one go, so that the connection is not closed yet when the stream comes.
        try await server.channel.eventLoop.submit { [channel = server.channel] in
            serving.cancel()
            #expect(channel.isActive)
            channel.pipeline.fireChannelRead(Self.request(stream: 3))
            channel.pipeline.fireChannelReadComplete()
        }.get()
        try await server.channel.closeFuture.get()
        try await serving.value
    }

    @Test func aServerThatIsCancelledDoesNotWaitForAProtocol() async throws {
        let server = try await Server(NegotiatedChannel(responder: { _, _, _ in }, configuration: .init(), headerTimeout: nil))
        try await Self.connect(server.channel)
        let serving = Task { try await server.serve() }
        serving.cancel()
        try await serving.value
        try await server.channel.closeFuture.get()
    }
}
