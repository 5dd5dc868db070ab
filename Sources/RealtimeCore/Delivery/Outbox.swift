//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
package import NIOCore

/// What waits for one connection: at most one write under way, and whole messages behind it. Decides; it writes nothing itself.
///
/// Idle connections never touch it: as long as the socket takes everything at once, there is nothing to keep.
package struct Outbox<Element> {
    private struct Waiting {
        let element: Element
        let bytes: Int
        let since: NIODeadline
        /// Control messages are kept whatever the limit says and do not count.
        let isExempt: Bool
    }

    private let maxBytes: Int
    private let policy: OverflowPolicy
    private var waiting: Deque<Waiting> = []
    private var inFlightSince: NIODeadline?

    /// The bytes that wait behind the write under way.
    package private(set) var waitingBytes = 0

    package init(limits: OutboxLimits) {
        self.maxBytes = limits.maxBytes
        self.policy = limits.overflow
    }

    /// Whether nothing is under way and nothing waits: the socket may be written directly.
    package var isIdle: Bool { self.inFlightSince == nil }

    /// When the oldest unsent byte was accepted; `nil` when idle.
    package var oldest: NIODeadline? { self.inFlightSince }

    package enum EnqueueAction {
        /// Nothing is under way: hand this over.
        case write(Element)
        /// It waits; `dropped` older messages were given up for it.
        case wait(dropped: Int)
        /// This message was given up.
        case drop
        /// The client is too slow: end the connection.
        case overflow
    }

    /// Takes a message.
    package mutating func enqueue(_ element: Element, bytes: Int, at now: NIODeadline, isExempt: Bool = false) -> EnqueueAction {
        guard self.inFlightSince != nil else {
            self.inFlightSince = now
            return .write(element)
        }
        var dropped = 0
        if !isExempt, self.waitingBytes >= self.maxBytes {
            switch self.policy {
            case .dropNewest:
                return .drop
            case .dropOldest:
                dropped = self.dropOldest()
            default:
                return .overflow
            }
        }
        self.waiting.append(Waiting(element: element, bytes: bytes, since: now, isExempt: isExempt))
        if !isExempt { self.waitingBytes += bytes }
        return .wait(dropped: dropped)
    }

    /// A direct write was short: its rest has been handed over, and nothing may pass it.
    package mutating func beginPartialWrite(at now: NIODeadline) {
        self.inFlightSince = now
    }

    /// The write under way is done.
    ///
    /// - Parameter limit: the most bytes to take for the next write; at least one message is taken.
    /// - Returns: what to write next, in order; empty when idle.
    package mutating func writeCompleted(takingUpTo limit: Int) -> [Element] {
        guard let first = self.waiting.first else {
            self.inFlightSince = nil
            return []
        }
        self.inFlightSince = first.since
        var elements: [Element] = []
        var bytes = 0
        while let next = self.waiting.first, elements.isEmpty || bytes + next.bytes <= limit {
            self.waiting.removeFirst()
            elements.append(next.element)
            bytes += next.bytes
            if !next.isExempt { self.waitingBytes -= next.bytes }
        }
        return elements
    }

    /// Whether a single message waits behind the write under way, control messages aside.
    package var holdsOneMessage: Bool { self.waiting.lazy.filter { !$0.isExempt }.prefix(2).count == 1 }

    /// Forgets what waits behind the write under way; nothing will be sent any more.
    package mutating func removeWaiting() {
        self.waiting = []
        self.waitingBytes = 0
    }

    /// Forgets everything; the connection is gone.
    package mutating func removeAll() {
        self.removeWaiting()
        self.inFlightSince = nil
    }

    /// Gives up the oldest messages until there is room again. Control messages keep their place.
    private mutating func dropOldest() -> Int {
        var dropped = 0
        var kept: [Waiting] = []
        while self.waitingBytes >= self.maxBytes, let oldest = self.waiting.popFirst() {
            if oldest.isExempt {
                kept.append(oldest)
            } else {
                self.waitingBytes -= oldest.bytes
                dropped += 1
            }
        }
        for control in kept.reversed() { self.waiting.prepend(control) }
        return dropped
    }
}
