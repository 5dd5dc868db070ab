//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import RealtimeCore
import Synchronization

/// How long a new connection may take until its first request's header fields are there, counted from the moment it was accepted, so that
/// a TLS handshake is included.
package final class HeaderTimeout: Sendable {
    private let timeout: TimeAmount
    private let loops = Mutex<[ObjectIdentifier: PendingHeads]>([:])

    /// Makes the timeout of a server.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` unless it is 1 ms to 1 hour.
    package init(_ timeout: Duration) throws(RealtimeError) {
        guard timeout >= .milliseconds(1), timeout <= .seconds(3600) else {
            throw RealtimeError(.invalidConfiguration, "headerTimeout is \(timeout); 1 ms to 1 hour, or nil for none, are accepted")
        }
        self.timeout = TimeAmount(timeout)
    }

    /// Gives a new connection its time. To be called on its event loop.
    package func begin(_ channel: any Channel) -> PendingHead {
        let heads = self.loops.withLock { loops in
            let key = ObjectIdentifier(channel.eventLoop)
            if let heads = loops[key] { return heads }
            let heads = PendingHeads(loop: channel.eventLoop, timeout: self.timeout)
            loops[key] = heads
            return heads
        }
        return heads.begin(channel)
    }
}
