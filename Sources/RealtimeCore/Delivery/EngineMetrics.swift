//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import Metrics

/// What the engine counts. Labels begin with `rt.`; the only dimensions are the transport and a reason from a closed list: names of
/// channels and rooms never become dimensions.
package final class EngineMetrics: Sendable {
    private let given: (any MetricsFactory)?
    private let dimensions: [(String, String)]
    private let connections: Meter
    private let published: Counter
    private let refusedMessages: Counter
    private let delivered: Counter
    private let queued: Counter
    private let dropped: Counter
    private let waiting: Meter

    /// Makes what counts.
    ///
    /// - Parameter factory: where the numbers go; `nil` for where all of the process go.
    package init(transport: String, factory: (any MetricsFactory)? = nil) {
        self.given = factory
        let factory = factory ?? MetricsSystem.factory
        self.dimensions = [("transport", transport)]
        self.connections = Meter(label: "rt.connections", dimensions: self.dimensions, factory: factory)
        self.published = Counter(label: "rt.messages.published", dimensions: self.dimensions, factory: factory)
        self.refusedMessages = Counter(label: "rt.messages.refused", dimensions: self.dimensions, factory: factory)
        self.delivered = Counter(label: "rt.deliveries", dimensions: self.dimensions, factory: factory)
        self.queued = Counter(label: "rt.deliveries.queued", dimensions: self.dimensions, factory: factory)
        self.dropped = Counter(label: "rt.deliveries.dropped", dimensions: self.dimensions, factory: factory)
        self.waiting = Meter(label: "rt.outbox.bytes", dimensions: self.dimensions, factory: factory)
    }

    package func connected() { self.connections.increment() }

    package func disconnected(_ reason: DisconnectReason) {
        self.connections.decrement()
        self.count("rt.disconnects", ("reason", reason.description))
    }

    /// A client was too slow; the end of its connection is counted besides.
    func evicted(_ cause: EvictionCause) {
        self.count("rt.evictions", ("cause", cause.rawValue))
    }

    /// More or less waits in outboxes. By differences, because several hubs may have the same transport.
    func waitingHasChanged(by bytes: Int) {
        if bytes > 0 { self.waiting.increment(by: Double(bytes)) } else { self.waiting.decrement(by: Double(-bytes)) }
    }

    package func refused(_ reason: String) {
        self.count("rt.refusals", ("reason", reason))
    }

    /// Counts what happens seldom, by a reason.
    private func count(_ label: String, _ reason: (String, String)) {
        Counter(label: label, dimensions: self.dimensions + [reason], factory: self.given ?? MetricsSystem.factory).increment()
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
