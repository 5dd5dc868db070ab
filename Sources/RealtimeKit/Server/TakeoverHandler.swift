//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// Owns the bytes of a connection that has left HTTP/1.1: the engine's ``ConnectionTransport``. What they mean is its session's affair.
///
/// `@unchecked Sendable`: it belongs to the channel's event loop.
final class TakeoverHandler: ChannelDuplexHandler, RemovableChannelHandler, ConnectionTransport, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = NIOAny
    typealias OutboundOut = IOData

    /// Ends the task that Hummingbird runs for the connection.
    struct ConnectionTakenOver: Error {}

    private(set) var descriptor: CInt = -1
    let framing: WireMessage.Framing

    private var machine = TakeoverMachine()
    private var context: ChannelHandlerContext?
    private var connection: Connection?
    private var session: (any TakeoverSession)?
    private var cause = DisconnectReason.connectionLost
    /// What HTTP's decoder had and did not understand, and what came behind that before the session could begin.
    private var remainder: ByteBuffer?
    private var early: ByteBuffer?
    private var isAttached = false
    private var isFreeOfHTTP = false
    private var hasBegun = false

    init(session: any TakeoverSession, framing: WireMessage.Framing) {
        self.session = session
        self.framing = framing
    }

    /// Lets the engine write to the socket past NIO.
    func allowDirectWrites(to socket: CInt) {
        self.descriptor = socket
    }

    /// From now on the connection gets what happens on the channel.
    func serve(_ connection: Connection) {
        self.connection = connection
        self.session?.serve(connection)
    }

    var isReading: Bool { self.session?.wantsInput ?? false }

    func caughtUp() { self.session?.caughtUp() }

    func attached() {
        self.isAttached = true
        self.begin()
    }

    /// The last handler of HTTP has left.
    func httpHasLeft() {
        self.isFreeOfHTTP = true
        self.begin()
    }

    /// Begins to read, once there is nothing to wait for: answers must not come before the greeting.
    private func begin() {
        guard self.isAttached, self.isFreeOfHTTP, !self.hasBegun, let session else { return }
        self.hasBegun = true
        session.begin(self)
        let held = [self.remainder, self.early].compactMap { $0 }
        (self.remainder, self.early) = (nil, nil)
        for bytes in held { session.received(bytes) }
        if !held.isEmpty { session.receivedAll() }
        self.read()
    }

    /// Asks for more of what the client sends, if the session wants it.
    func read() {
        if self.session?.wantsInput == true { self.context?.read() }
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
        let bytes = Self.unwrapInboundIn(data)
        if self.hasBegun { self.session?.received(bytes) } else { self.early.setOrWriteImmutableBuffer(bytes) }
    }

    /// HTTP's decoder gives away what it did not understand.
    func receivedRemainder(_ bytes: ByteBuffer) {
        self.remainder.setOrWriteImmutableBuffer(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard self.hasBegun else { return }
        self.session?.receivedAll()
        self.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.gone()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            self.clientIsGone()
        case is ChannelShouldQuiesceEvent:
            self.connection?.serverIsQuiescing()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.close()
    }

    /// The client has closed its side.
    func clientIsGone() {
        self.close(self.session?.inputClosed() ?? .clientClosed)
    }

    private func gone() {
        self.machine.closed()
        self.session?.gone()
        self.session = nil
        (self.remainder, self.early) = (nil, nil)
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

    func finish() { self.session?.finish(self) }

    /// Writes the last bytes, which nobody waits for.
    func write(last bytes: ByteBuffer) {
        self.context?.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
    }

    /// Closes our side (FIN) behind all that was written.
    func closeOutput(then closed: @escaping () -> Void = {}) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolatedUnsafeUnchecked().whenComplete { _ in closed() }
        context.close(mode: .output, promise: promise)
    }

    /// Closes at once, for a reason of the server's.
    func close(_ cause: DisconnectReason) {
        self.cause = cause
        self.close()
    }

    /// Closes at once; what the kernel has still reaches the client.
    func close() {
        self.machine.closed()
        guard let context else { return }
        HardClose.close(context.channel)
    }

    func abort() {
        self.machine.closed()
        guard let context else { return }
        HardClose.reset(context.channel)
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
