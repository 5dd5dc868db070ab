//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
package import NIOCore
import Synchronization

/// A connection that was set up, until somebody serves it.
///
/// A server that is cancelled drops the connections that it has not begun to serve, and NIO ends the process when the writer of an async
/// channel is dropped unfinished. So a connection that is dropped here is given up in good order.
package final class PendingConnection<Value: Sendable>: ServerChildChannelValue {
    package let channel: any Channel
    private let value: Value
    private let giveUp: @Sendable (Value, any Channel) -> Void
    private let isServed = Atomic(false)

    /// - Parameter giveUp: closes a connection that nobody serves.
    package init(_ value: Value, on channel: any Channel, giveUp: @Sendable @escaping (Value, any Channel) -> Void) {
        self.channel = channel
        self.value = value
        self.giveUp = giveUp
    }

    /// The value, for the one who closes the connection from here on.
    package func serve() -> Value {
        self.isServed.store(true, ordering: .relaxed)
        return self.value
    }

    deinit {
        if !self.isServed.load(ordering: .relaxed) { self.giveUp(self.value, self.channel) }
    }
}
