//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// When one connection's next heartbeat is due. The interval is the shortest of the connection's own and its topics'.
package struct HeartbeatSchedule: Sendable {
    /// The connection's own interval; `nil` when it has no heartbeat.
    private let base: TimeAmount?
    private var interval: TimeAmount?
    private var lastBeat: NIODeadline

    package init(interval: TimeAmount?, now: NIODeadline) {
        self.base = interval
        self.interval = interval
        self.lastBeat = now
    }

    /// When the next heartbeat is due; `nil` without one.
    package var deadline: NIODeadline? {
        self.interval.map { self.lastBeat + $0 }
    }

    /// The topics of the connection have changed.
    ///
    /// - Parameter topics: the intervals that the present topics ask for.
    package mutating func update(topics: some Sequence<TimeAmount>) {
        self.interval = topics.reduce(self.base) { shortest, interval in min(shortest ?? interval, interval) }
    }

    /// Whether a heartbeat is due, which counts as sent from then on. One that comes a little late keeps the rhythm; missed ones are not
    /// made up for.
    package mutating func isDue(at now: NIODeadline) -> Bool {
        guard let interval, let deadline, deadline <= now else { return false }
        self.lastBeat = now - deadline < .nanoseconds(interval.nanoseconds / 2) ? deadline : now
        return true
    }
}
