//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Tells when the client of a stream that was not taken over is gone: Hummingbird allows half closure, and a stream that only ever writes
/// would not notice.
final class ClosureWatcher: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let onClose: () -> Void

    /// - Parameter onClose: called on the event loop, once or more often.
    init(onClose: @escaping () -> Void) {
        self.onClose = onClose
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.onClose()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { self.onClose() }
        context.fireUserInboundEventTriggered(event)
    }
}
