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

    private init(onClose: @escaping () -> Void) {
        self.onClose = onClose
    }

    /// Watches a channel. To be called on its event loop.
    ///
    /// - Parameter onClose: called on the event loop, once or more often.
    /// - Returns: what ends the watching; to be called on the event loop.
    static func watch(_ channel: any Channel, onClose: @escaping () -> Void) throws -> @Sendable () -> Void {
        let watcher = NIOLoopBound(ClosureWatcher(onClose: onClose), eventLoop: channel.eventLoop)
        try channel.pipeline.syncOperations.addHandler(watcher.value, position: .first)
        return { channel.pipeline.syncOperations.removeHandler(watcher.value, promise: nil) }
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
