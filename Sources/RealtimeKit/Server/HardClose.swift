//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Closes a connection at once, whatever its handlers would like to say before: TLS waits up to 5 s for the other side's farewell, and one
/// that does not read never says it.
final class HardClose: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private init() {}

    /// Closes a channel, and has the kernel forget what the client has not taken: it would keep megabytes for one that does not read, for
    /// minutes, and be told nothing by one that is gone. To be called on its event loop.
    static func reset(_ channel: any Channel) {
        // Sockets do it at once; other channels, such as HTTP/2's streams, have nothing in the kernel.
        _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        self.close(channel)
    }

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
