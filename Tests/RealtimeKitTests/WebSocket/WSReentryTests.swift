//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import NIOEmbedded
import RealtimeKitTesting
import Testing

@testable import RealtimeCore
@testable import RealtimeKit

/// What a client says while it is written to. NIO reads all that has arrived when a write fails, before it closes: thousands of pings and a reset
/// are enough.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSReentryTests {
    /// Notes the texts that it gets.
    private final class Listener: WSReceiver {
        private(set) var texts: [String] = []

        func received(_ bytes: UnsafeRawBufferPointer, _ opcode: WSOpcode, on session: WSSession) {
            self.texts.append(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// A socket that has more to read when it is first written to.
    private final class EagerSocket: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer
        typealias OutboundIn = IOData
        typealias OutboundOut = IOData

        private let fails: Bool
        private var more: ByteBuffer?

        init(more: ByteBuffer, fails: Bool) {
            self.more = more
            self.fails = fails
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard let more = self.more.take() else { return context.write(data, promise: promise) }
            context.fireChannelRead(Self.wrapInboundOut(more))
            context.fireChannelReadComplete()
            guard self.fails else { return context.write(data, promise: promise) }
            promise?.fail(ChannelError.ioOnClosedChannel)
            context.close(promise: nil)
        }
    }

    /// A socket that takes nothing until it is told to.
    private final class StalledSocket: ChannelOutboundHandler {
        typealias OutboundIn = IOData

        private var waiting: [EventLoopPromise<Void>] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if let promise { self.waiting.append(promise) }
        }

        func flush(context: ChannelHandlerContext) {}

        /// Takes what waits.
        ///
        /// - Returns: whether there was something.
        func take() -> Bool {
            let taken = self.waiting
            self.waiting = []
            for promise in taken { promise.succeed() }
            return !taken.isEmpty
        }
    }

    private let loop = EmbeddedEventLoop()
    private let listener = Listener()
    private let ends = Recorder<DisconnectReason>()

    /// A connection that has been taken over, on a socket.
    private func connection(_ socket: some ChannelHandler) throws -> (channel: EmbeddedChannel, handler: TakeoverHandler) {
        let channel = EmbeddedChannel(loop: self.loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let limits = WSLimits(maxMessageBytes: 1000, maxFragments: 10)
        let session = WSSession(limits: limits, deflate: nil, compressionThreshold: 256, receiver: self.listener, on: self.loop)
        let handler = TakeoverHandler(session: session, framing: session.framing)
        try channel.pipeline.syncOperations.addHandlers(socket, handler)
        let hub = WSManager.makeHub(.init(), logger: .silent, clock: ManualClock())
        let shard = hub.shard(for: self.loop)
        let connection = Connection(id: .init(), userID: nil, hub: hub, shard: shard, transport: handler, heartbeat: nil) { [ends] in ends.add($0) }
        hub.register(connection, topics: [], metadata: .init(), connectedAt: Date(), greeting: nil)
        handler.httpHasLeft()
        self.loop.run()
        return (channel, handler)
    }

    /// So many pings that the pongs are not held back until all are read.
    private var pings: ByteBuffer {
        let ping = WSTestFrame.ping(String(repeating: "p", count: 125)).bytes()
        return (0..<4000).reduce(into: ByteBuffer()) { bytes, _ in bytes.writeImmutableBuffer(ping) }
    }

    private func receive(_ bytes: ByteBuffer, on channel: EmbeddedChannel) {
        channel.pipeline.fireChannelRead(bytes)
        channel.pipeline.fireChannelReadComplete()
        self.loop.run()
    }

    @Test(arguments: [false, true]) func whatArrivesDuringAWriteIsReadBehindTheRest(fails: Bool) throws {
        var input = self.pings
        input.writeImmutableBuffer(WSTestFrame.text("one").bytes())
        // Cut in the middle of a frame: in another order they make no sense.
        var next = WSTestFrame.text("two").bytes()
        input.writeImmutableBuffer(next.readSlice(length: 5) ?? ByteBuffer())
        next.writeImmutableBuffer(WSTestFrame.text("three").bytes())

        let (channel, _) = try self.connection(EagerSocket(more: next, fails: fails))
        self.receive(input, on: channel)
        // Nobody is there any more for what is behind a write that failed.
        #expect(self.listener.texts == (fails ? [] : ["one", "two", "three"]))
        #expect(self.ends.values == (fails ? [.connectionLost] : []))
        _ = try? channel.finish()
    }

    @Test func whatIsBehindAnswersThatWaitIsNotRead() throws {
        let socket = StalledSocket()
        let (channel, handler) = try self.connection(socket)
        var input = self.pings
        input.writeImmutableBuffer(WSTestFrame.text("one").bytes())
        self.receive(input, on: channel)
        #expect(self.listener.texts.isEmpty)
        #expect(!handler.isReading)
        while socket.take() { self.loop.run() }
        #expect(self.listener.texts == ["one"])
        #expect(handler.isReading)
        _ = try? channel.finish()
    }
}
