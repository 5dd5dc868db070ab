//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Closes a connection at once, whatever its handlers would like to say before: TLS waits up to 5 s for the other side's farewell, and one
/// that does not read never says it.
final class HardClose: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private init() {}

    /// Closes a channel. To be called on its event loop.
    static func close(_ channel: any Channel) {
        let operations = channel.pipeline.syncOperations
        let handler = HardClose()
        do {
            // From in front of all others, the socket is next.
            try operations.addHandler(handler, position: .first)
            try operations.context(handler: handler).close(promise: nil)
        } catch {
            channel.close(promise: nil)
        }
    }
}
