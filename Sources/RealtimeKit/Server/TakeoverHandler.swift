//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// Owns the bytes of an HTTP/1.1 connection whose response has become a stream: the engine's ``ConnectionTransport``.
///
/// `@unchecked Sendable`: it belongs to the channel's event loop.
final class TakeoverHandler: ChannelDuplexHandler, RemovableChannelHandler, ConnectionTransport, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = NIOAny
    typealias OutboundOut = IOData

    /// Ends the task that Hummingbird runs for the connection.
    struct ConnectionTakenOver: Error {}

    /// The most bytes that a client may send behind its request: an event stream has no input.
    private static let maxInput = 64 * 1024

    private(set) var descriptor: CInt = -1
    /// HTTP/1.0 knows no chunks: the end of the body is the end of the connection (RFC 9112 §6.3).
    let framing: WireMessage.Framing

    private var machine = TakeoverMachine()
    private var context: ChannelHandlerContext?
    private var connection: Connection?
    private var cause = DisconnectReason.connectionLost
    private var inputBytes = 0

    init(isChunked: Bool) {
        self.framing = isChunked ? .framed : .bare
    }

    /// Lets the engine write to the socket past NIO.
    func allowDirectWrites(to socket: CInt) {
        self.descriptor = socket
    }

    /// From now on the connection gets what happens on the channel.
    func serve(_ connection: Connection) {
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.gone()
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // It is not looked at, but it has to be read: behind what nobody reads, the end of the connection would never be seen.
        self.inputBytes += Self.unwrapInboundIn(data).readableBytes
        guard self.inputBytes > Self.maxInput else { return }
        self.cause = .limit
        self.abort()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.gone()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            // Half closure is on in Hummingbird. On an event stream the client's FIN means that it is gone.
            self.clientIsGone()
        case is ChannelShouldQuiesceEvent:
            self.connection?.serverIsQuiescing()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.abort()
    }

    /// The client has closed its side in an orderly way.
    func clientIsGone() {
        self.cause = .clientClosed
        self.abort()
    }

    private func gone() {
        self.machine.closed()
        guard let connection else { return }
        self.connection = nil
        connection.transportClosed(self.cause)
    }

    // MARK: Outbound, from Hummingbird

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.succeed()
        guard self.machine.write() == .swallowAndDetach else { return }
        context.eventLoop.assumeIsolatedUnsafeUnchecked().execute {
            self.context?.fireErrorCaught(ConnectionTakenOver())
        }
    }

    func flush(context: ChannelHandlerContext) {}

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch self.machine.close(.init(mode)) {
        case .swallow: promise?.succeed()
        case .forward: context.close(mode: mode, promise: promise)
        }
    }

    // MARK: Outbound, from the engine

    func write(_ buffers: [ByteBuffer]) {
        guard let context, let last = buffers.last else { return }
        for buffer in buffers.dropLast() { context.write(Self.wrapOutboundOut(.byteBuffer(buffer)), promise: nil) }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolatedUnsafeUnchecked().whenSuccess { self.connection?.writeCompleted() }
        context.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(last)), promise: written)
    }

    func finish() {
        guard let context else { return }
        if self.framing == .framed { context.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(WireMessage.lastChunk)), promise: nil) }
        let closed = context.eventLoop.makePromise(of: Void.self)
        closed.futureResult.assumeIsolatedUnsafeUnchecked().whenComplete { _ in self.abort() }
        context.close(mode: .output, promise: closed)
    }

    func abort() {
        self.machine.closed()
        guard let context else { return }
        HardClose.close(context.channel)
    }
}

extension TakeoverMachine.CloseMode {
    init(_ mode: CloseMode) {
        switch mode {
        case .input: self = .input
        case .output: self = .output
        case .all: self = .all
        }
    }
}
