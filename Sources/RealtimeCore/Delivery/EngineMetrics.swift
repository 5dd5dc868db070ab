//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Metrics

/// What the engine counts. Labels begin with `rt.`; the only dimensions are the transport and a reason from a closed list: names of
/// channels and rooms never become dimensions.
package final class EngineMetrics: Sendable {
    private let dimensions: [(String, String)]
    private let connections: Meter
    private let published: Counter
    private let refusedMessages: Counter
    private let delivered: Counter
    private let queued: Counter
    private let dropped: Counter

    package init(transport: String) {
        self.dimensions = [("transport", transport)]
        self.connections = Meter(label: "rt.connections", dimensions: self.dimensions)
        self.published = Counter(label: "rt.messages.published", dimensions: self.dimensions)
        self.refusedMessages = Counter(label: "rt.messages.refused", dimensions: self.dimensions)
        self.delivered = Counter(label: "rt.deliveries", dimensions: self.dimensions)
        self.queued = Counter(label: "rt.deliveries.queued", dimensions: self.dimensions)
        self.dropped = Counter(label: "rt.deliveries.dropped", dimensions: self.dimensions)
    }

    package func connected() { self.connections.increment() }

    package func disconnected(_ reason: DisconnectReason) {
        self.connections.decrement()
        Counter(label: "rt.disconnects", dimensions: self.dimensions + [("reason", reason.description)]).increment()
    }

    package func refused(_ reason: String) {
        Counter(label: "rt.refusals", dimensions: self.dimensions + [("reason", reason)]).increment()
    }

    package func messagePublished() { self.published.increment() }

    /// A loop's mailbox was full.
    package func messageRefused() { self.refusedMessages.increment() }

    package func passed(written: Int, queued: Int, dropped: Int) {
        if written > 0 { self.delivered.increment(by: written) }
        if queued > 0 { self.queued.increment(by: queued) }
        if dropped > 0 { self.dropped.increment(by: dropped) }
    }
}
