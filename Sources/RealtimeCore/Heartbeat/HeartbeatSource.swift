//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// Where the heartbeats of connections come from: how often, and which bytes. One source serves many connections, and what it makes is
/// shared by all whose heartbeat falls into the same tick.
package final class HeartbeatSource: Sendable {
    /// The time between two heartbeats; `nil` for none, unless a topic asks for them.
    package let interval: TimeAmount?
    /// How long a client may take to show that it is there after a heartbeat; `nil` when it need not.
    package let timeout: TimeAmount?
    private let encode: @Sendable () -> WireMessage

    package init(interval: TimeAmount?, timeout: TimeAmount? = nil, encode: @escaping @Sendable () -> WireMessage) {
        self.interval = interval
        self.timeout = timeout
        self.encode = encode
    }

    func makeMessage() -> WireMessage { self.encode() }
}
