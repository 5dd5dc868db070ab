//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A client's end of a TCP connection to 127.0.0.1, byte by byte: for requests that a well-behaved client would not send.
package final class TestSocket: Sendable {
    private let channel: any Channel
    private let inbox: TestInbox<ByteBuffer>

    private init(channel: any Channel, inbox: TestInbox<ByteBuffer>) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - receiveBuffer: the size of the kernel's receive buffer, to make a client that stalls early.
    ///   - prepare: adds what is needed below the bytes, such as TLS.
    package static func connect(
        host: String = "127.0.0.1",
        port: Int,
        receiveBuffer: Int? = nil,
        prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> TestSocket {
        let inbox = TestInbox<ByteBuffer>()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox: inbox))
                }
            }
        if let receiveBuffer { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer)) }
        let channel = try await bootstrap.connect(host: host, port: port).get()
        return TestSocket(channel: channel, inbox: inbox)
    }

    /// Sends text as it is.
    package func send(_ text: String) async throws { try await self.send(ByteBuffer(string: text)) }

    /// Sends bytes as they are.
    package func send(_ bytes: ByteBuffer) async throws { try await self.channel.writeAndFlush(bytes) }

    /// The next bytes; `nil` when the server has closed its side.
    package func receive(timeout: Duration? = .seconds(10)) async throws -> ByteBuffer? {
        try await self.inbox.next(timeout: timeout)
    }

    /// All bytes until the server closes.
    package func receiveAll(timeout: Duration = .seconds(10)) async throws -> String {
        var all = ByteBuffer()
        while var next = try await self.receive(timeout: timeout) { all.writeBuffer(&next) }
        return String(buffer: all)
    }

    /// Stops reading: the kernel's buffers fill, then the server's.
    package func stall() async throws {
        try await self.channel.setOption(.autoRead, value: false).get()
    }

    /// Reads again.
    package func unstall() async throws {
        try await self.channel.setOption(.autoRead, value: true).get()
    }

    /// Closes the client's side only: sends a FIN.
    package func closeOutput() async throws {
        try await self.channel.close(mode: .output)
    }

    /// Closes.
    package func close() async {
        try? await self.channel.close()
    }

    /// Closes without a farewell: sends a reset.
    package func reset() async throws {
        guard let options = self.channel as? any SocketOptionProvider else { return await self.close() }
        try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await self.channel.close()
    }
}

/// Passes what arrives to an inbox.
private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let inbox: TestInbox<ByteBuffer>

    init(inbox: TestInbox<ByteBuffer>) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.inbox.add(Self.unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { self.inbox.finish() }
    }

    func channelInactive(context: ChannelHandlerContext) { self.inbox.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
