//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// Where an event loop lets others see since when its longest-stalled connection has been so, and how it is asked to end that one.
final class StallBoard: Sendable {
    private static let none = UInt64.max

    private let loop: any EventLoop
    private let stalledSince = Atomic(StallBoard.none)
    private let shed: @Sendable () -> Void

    /// Makes a board on which nobody is stalled.
    ///
    /// - Parameter shed: ends connections, on the loop.
    init(loop: any EventLoop, shed: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.shed = shed
    }

    /// Since when the loop's longest-stalled connection has been so; `nil` when nothing waits for any. Set by the loop, read by everyone.
    var since: NIODeadline? {
        get {
            let since = self.stalledSince.load(ordering: .acquiring)
            return since == Self.none ? nil : .uptimeNanoseconds(since)
        }
        set { self.stalledSince.store(newValue?.uptimeNanoseconds ?? Self.none, ordering: .releasing) }
    }

    /// Asks the loop. Not through its mailbox: the messages in there may be what is too much, and this order does not matter to anybody else.
    func post() {
        self.loop.execute { self.shed() }
    }
}
