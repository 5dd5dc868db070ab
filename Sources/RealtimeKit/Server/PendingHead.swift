//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// A connection whose first request has not come yet. Belongs to the connection's event loop.
package final class PendingHead {
    fileprivate let deadline: NIODeadline
    fileprivate private(set) var channel: (any Channel)?

    fileprivate init(channel: any Channel, deadline: NIODeadline) {
        self.channel = channel
        self.deadline = deadline
    }

    /// The request has come, or the connection is gone.
    package func arrived() { self.channel = nil }
}

/// The connections of one event loop that still owe their first request, oldest first. All have the same time, so that one timer will do.
///
/// `@unchecked Sendable`: belongs to `loop`.
final class PendingHeads: @unchecked Sendable {
    private let loop: any EventLoop
    private let timeout: TimeAmount
    private var heads = CircularBuffer<PendingHead>()
    private var hasTimer = false

    init(loop: any EventLoop, timeout: TimeAmount) {
        self.loop = loop
        self.timeout = timeout
    }

    /// Gives a new connection its time.
    func begin(_ channel: any Channel) -> PendingHead {
        self.loop.preconditionInEventLoop()
        let head = PendingHead(channel: channel, deadline: .now() + self.timeout)
        self.heads.append(head)
        self.scheduleTimer()
        return head
    }

    private func scheduleTimer() {
        guard !self.hasTimer, let first = self.heads.first else { return }
        self.hasTimer = true
        self.loop.scheduleTask(deadline: first.deadline) {
            self.hasTimer = false
            self.expire()
        }
    }

    private func expire() {
        let now = NIODeadline.now()
        while let first = self.heads.first, first.channel == nil || first.deadline <= now {
            self.heads.removeFirst()
            if let channel = first.channel { HardClose.close(channel) }
        }
        self.scheduleTimer()
    }
}
