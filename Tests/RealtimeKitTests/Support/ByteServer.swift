//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RealtimeKitTesting

@testable import RealtimeKit

/// A server for one connection that does what a test says, byte by byte: for clients.
final class ByteServer: Sendable {
    private let listener: any Channel
    private let inbox: TestInbox<ByteBuffer>
    private let connection: EventLoopFuture<any Channel>

    /// Listens on a free port of 127.0.0.1.
    init() async throws {
        let inbox = TestInbox<ByteBuffer>()
        let connected = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: (any Channel).self)
        self.inbox = inbox
        self.connection = connected.futureResult
        self.listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(inbox))
                    connected.succeed(channel)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var port: Int { self.listener.localAddress?.port ?? 0 }

    /// Waits for a handshake and grants it.
    func upgrade() async throws {
        var request = ""
        while !request.hasSuffix("\r\n\r\n") { request += String(buffer: try await self.receive()) }
        let key = request.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") }?.dropFirst(19) ?? ""
        let accept = WSHandshake.accept(for: String(key))
        try await self.send(
            ByteBuffer(
                string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n"
            )
        )
    }

    /// The next bytes.
    func receive() async throws -> ByteBuffer {
        guard let bytes = try await self.inbox.next(timeout: .seconds(10)) else { throw BrokenResponse(what: "the client has closed") }
        return bytes
    }

    /// Waits until the client has closed its side.
    func receiveEnd() async throws {
        while try await self.inbox.next(timeout: .seconds(10)) != nil {}
    }

    func send(_ bytes: ByteBuffer) async throws { try await self.connection.get().writeAndFlush(bytes) }

    func closeOutput() async throws { try await self.connection.get().close(mode: .output) }

    func close() async {
        try? await self.listener.close()
        try? await self.connection.get().close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let inbox: TestInbox<ByteBuffer>

        init(_ inbox: TestInbox<ByteBuffer>) {
            self.inbox = inbox
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { self.inbox.add(Self.unwrapInboundIn(data)) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { self.inbox.finish() }
        }

        func channelInactive(context: ChannelHandlerContext) { self.inbox.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
