//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A client's end of a TCP connection to 127.0.0.1, byte by byte: for requests that a well-behaved client would not send.
package final class TestSocket: Sendable {
    /// What did not happen in time.
    package struct TimedOut: Error {
        package let what: String
    }

    private let channel: any Channel
    private let inbox: Inbox

    private init(channel: any Channel, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Connects.
    ///
    /// - Parameter receiveBuffer: the size of the kernel's receive buffer, to make a client that stalls early.
    package static func connect(port: Int, receiveBuffer: Int? = nil) async throws -> TestSocket {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(inbox.handler()) }
            }
        if let receiveBuffer { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer)) }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        return TestSocket(channel: channel, inbox: inbox)
    }

    /// Sends text as it is.
    package func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// The next bytes; `nil` when the server has closed its side.
    package func receive(timeout: Duration = .seconds(10)) async throws -> ByteBuffer? {
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

/// What has arrived and was not yet asked for.
private final class Inbox: Sendable {
    private struct State {
        var bytes = ByteBuffer()
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func handler() -> Handler { Handler(inbox: self) }

    func next(timeout: Duration) async throws -> ByteBuffer? {
        let timer = Task {
            try await Task.sleep(for: timeout)
            self.wake()
        }
        defer { timer.cancel() }
        await withCheckedContinuation { waiter in
            let isReady = self.state.withLock { state in
                guard state.bytes.readableBytes == 0, !state.isClosed else { return true }
                state.waiter = waiter
                return false
            }
            if isReady { waiter.resume() }
        }
        return try self.state.withLock { state in
            guard state.bytes.readableBytes > 0 else {
                if state.isClosed { return nil }
                throw TestSocket.TimedOut(what: "nothing was received within \(timeout)")
            }
            defer { state.bytes = ByteBuffer() }
            return state.bytes
        }
    }

    private func received(_ bytes: ByteBuffer) {
        self.state.withLock { state in
            var bytes = bytes
            state.bytes.writeBuffer(&bytes)
        }
        self.wake()
    }

    private func closed() {
        self.state.withLock { $0.isClosed = true }
        self.wake()
    }

    private func wake() {
        let waiter = self.state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let inbox: Inbox

        init(inbox: Inbox) {
            self.inbox = inbox
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.inbox.received(Self.unwrapInboundIn(data))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { self.inbox.closed() }
        }

        func channelInactive(context: ChannelHandlerContext) { self.inbox.closed() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
