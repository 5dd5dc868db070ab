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
    /// How much later than due an expiry may be noticed and still count: a loop that was held up for longer has not read what came meanwhile.
    private static let punctuality: TimeAmount = .seconds(1)

    /// The connection's own interval; `nil` when it has no heartbeat.
    private let base: TimeAmount?
    private var interval: TimeAmount?
    /// How long a client may take to answer; `nil` when it need not.
    private let timeout: TimeAmount?
    private var lastBeat: NIODeadline
    /// Until when the client has to show that it is there; `nil` while it owes nothing.
    private var expiry: NIODeadline?

    package init(interval: TimeAmount?, timeout: TimeAmount? = nil, now: NIODeadline) {
        self.base = interval
        self.interval = interval
        self.timeout = timeout
        self.lastBeat = now
    }

    /// When there is something to do next; `nil` without heartbeats.
    package var deadline: NIODeadline? {
        guard let interval else { return self.expiry }
        return min(self.lastBeat + interval, self.expiry ?? .distantFuture)
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
        guard let interval else { return false }
        let deadline = self.lastBeat + interval
        guard deadline <= now else { return false }
        self.lastBeat = now - deadline < .nanoseconds(interval.nanoseconds / 2) ? deadline : now
        return true
    }

    /// A heartbeat has been sent.
    package mutating func sent(at now: NIODeadline) {
        if let timeout, self.expiry == nil { self.expiry = now + timeout }
    }

    /// The client has shown that it is there.
    package mutating func answered() {
        self.expiry = nil
    }

    /// Whether the client has not answered in time.
    package mutating func isExpired(at now: NIODeadline) -> Bool {
        guard let expiry, expiry <= now else { return false }
        guard now - expiry <= Self.punctuality else {
            // It gets as long again as this server's own delay may have taken from it, once more.
            self.expiry = now + Self.punctuality
            return false
        }
        return true
    }
}
