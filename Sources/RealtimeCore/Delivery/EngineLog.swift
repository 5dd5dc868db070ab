//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import Logging
import NIOCore
import Synchronization

/// What the engine tells an operator. One line per connection only at debug level; evictions are summed up, so that a crowd of slow
/// clients fills metrics, not disks.
package final class EngineLog: Sendable {
    /// The shortest time between two lines about evictions.
    private static let interval: TimeAmount = .seconds(1)

    /// Lets one line through per interval and counts the others.
    private struct Throttle {
        var last: NIODeadline?
        var suppressed = 0

        /// How many were kept back since the last line; `nil` when this one is to be kept back too.
        mutating func pass(at now: NIODeadline) -> Int? {
            if let last, now < last + EngineLog.interval {
                self.suppressed += 1
                return nil
            }
            defer { self = Throttle(last: now) }
            return self.suppressed
        }
    }

    package let logger: Logger
    private let evictions = Mutex(Throttle())
    private let budgetEvictions = Mutex(Throttle())
    private let refusals = Mutex(Throttle())

    package init(_ logger: Logger) {
        self.logger = logger
    }

    /// A client was too slow.
    ///
    /// - Parameters:
    ///   - age: how long its oldest unsent byte has waited.
    ///   - budget: what waited for all connections and what may, if that was the cause. Such lines are kept back only by others of their kind:
    ///     they are about the process, not about one client.
    func evicted(
        _ id: ConnectionID,
        _ cause: EvictionCause,
        waitingBytes: Int,
        age: TimeAmount,
        budget: (bytes: Int, maxBytes: Int)?,
        at now: NIODeadline
    ) {
        var metadata: Logger.Metadata = [
            "rt.connection.id": "\(id)",
            "rt.reason": "\(DisconnectReason.slowConsumer)",
            "rt.detail": "\(cause.detail)",
            "rt.outbox.bytes": "\(waitingBytes)",
            "rt.outbox.age": "\(Duration(age))",
        ]
        if let budget {
            metadata["rt.outbox_budget.bytes"] = "\(budget.bytes)"
            metadata["rt.outbox_budget.max_bytes"] = "\(budget.maxBytes)"
        }
        let suppressed = cause == .budget ? self.budgetEvictions.withLock { $0.pass(at: now) } : self.evictions.withLock { $0.pass(at: now) }
        guard let suppressed else {
            self.logger.debug("Slow consumer evicted", metadata: metadata)
            return
        }
        metadata["rt.also_evicted"] = "\(suppressed)"
        self.logger.warning("Slow consumer evicted", metadata: metadata)
    }

    func disconnected(_ connection: Connection, _ reason: DisconnectReason) {
        self.logger.debug(
            "Connection ended",
            metadata: ["rt.connection.id": "\(connection.id)", "rt.reason": "\(reason)"]
        )
    }

    /// A hook threw, which denies. The error's type only: its text may hold what the client has sent, or a store was asked.
    package func hookFailed(_ error: any Error, of id: ConnectionID) {
        self.logger.debug("A hook failed", metadata: ["rt.connection.id": "\(id)", "rt.error": "\(type(of: error))"])
    }

    func mailboxFull(now: NIODeadline) {
        guard let suppressed = self.refusals.withLock({ $0.pass(at: now) }) else { return }
        self.logger.error(
            "A message was refused: an event loop's mailbox is full. Publish more slowly, or await broadcastReceipt.",
            metadata: ["rt.also_refused": "\(suppressed)"]
        )
    }
}
