//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Sends what was written before a connection closes.
///
/// Once a server that stops has said so (GOAWAY, RFC 9113 §6.8), Hummingbird closes a connection in the moment in which its last stream
/// ends; the frame that ends the stream is not flushed then, and the client takes the response for a broken one.
final class FlushBeforeClose: ChannelOutboundHandler {
    typealias OutboundIn = NIOAny

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else { return context.close(mode: mode, promise: promise) }
        // Not at once: the frame may be about to be written by whoever is on the stack.
        context.eventLoop.assumeIsolatedUnsafeUnchecked().execute {
            context.flush()
            context.close(mode: mode, promise: promise)
        }
    }
}
