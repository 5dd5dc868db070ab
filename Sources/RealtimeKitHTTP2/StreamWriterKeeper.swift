//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import NIOCore

/// Lets a stream that nobody serves be dropped.
///
/// NIOHTTP2 drops the streams that come once the task that serves their connection is cancelled, and NIO ends the process when the writer
/// of an async channel is dropped unfinished. NIO's handler keeps the writer itself until it hears that the channel is active, and finishes
/// it when the channel is closed; so it does not get to hear that. That is not documented: `UnservedConnectionTests` pin it.
///
/// Hummingbird puts this in front of its own handler, which has to know that the channel is active, for the idle time of the stream.
final class StreamWriterKeeper: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func channelActive(context: ChannelHandlerContext) {
        let operations = context.pipeline.syncOperations
        if let state = try? operations.context(handlerType: HTTPConnectionStateHandler.self) {
            try? operations.addHandler(End(), position: .after(state.handler))
        }
        context.fireChannelActive()
        operations.removeHandler(context: context, promise: nil)
    }

    /// Behind this, a channel never becomes active.
    private final class End: ChannelInboundHandler {
        typealias InboundIn = NIOAny

        func channelActive(context: ChannelHandlerContext) {}
    }
}
