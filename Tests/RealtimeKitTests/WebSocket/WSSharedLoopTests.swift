//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOEmbedded
import NIOPosix
import RealtimeKitTesting
import Testing

@testable import RealtimeCore
@testable import RealtimeKit

/// The connections of an event loop share memory. None may get to see what is another's.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSSharedLoopTests {
    /// Says back what it gets.
    private final class Echo: WSReceiver {
        func received(_ bytes: UnsafeRawBufferPointer, _ opcode: WSOpcode, on session: WSSession) {
            session.reply { WSFrameEncoder.write(opcode, bytes, into: &$0) }
        }
    }

    /// A connection that has been taken over.
    private func connection(_ hub: Hub, on loop: EmbeddedEventLoop) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let limits = WSLimits(maxMessageBytes: 1000, maxFragments: 10)
        let session = WSSession(limits: limits, deflate: nil, compressionThreshold: 256, receiver: Echo(), on: loop)
        let handler = TakeoverHandler(session: session, framing: session.framing)
        try channel.pipeline.syncOperations.addHandler(handler)
        let shard = hub.shard(for: loop)
        let connection = Connection(id: .init(), userID: nil, hub: hub, shard: shard, transport: handler, heartbeat: nil) { _ in }
        hub.register(connection, topics: [], metadata: .init(), connectedAt: Date(), greeting: nil)
        handler.httpHasLeft()
        loop.run()
        return channel
    }

    private func sent(on channel: EmbeddedChannel) throws -> ByteBuffer {
        var all = ByteBuffer()
        while let next = try channel.readOutbound(as: IOData.self) {
            if case .byteBuffer(let bytes) = next { all.writeImmutableBuffer(bytes) }
        }
        return all
    }

    /// How a connection ends in the middle of a piece of input.
    enum End: CaseIterable {
        case fin
        case error
        case closed
    }

    @Test(arguments: End.allCases) func whatIsLeftOfAnAnswerReachesNobodyElse(end: End) throws {
        let loop = EmbeddedEventLoop()
        let hub = WSManager.makeHub(.init(), logger: .silent, clock: ManualClock())
        let (first, second) = (try self.connection(hub, on: loop), try self.connection(hub, on: loop))
        first.pipeline.fireChannelRead(WSTestFrame.text("secret").bytes())
        switch end {
        case .fin: first.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .error: first.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        case .closed: first.close(promise: nil)
        }
        first.pipeline.fireChannelReadComplete()
        loop.run()
        second.pipeline.fireChannelRead(WSTestFrame.text("mine").bytes())
        second.pipeline.fireChannelReadComplete()
        loop.run()
        #expect(try self.sent(on: second) == WSTestFrame.text("mine").bytes(masked: false))
        _ = try? second.finish()
    }
}
