//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// A hashed wheel of deadlines: one entry per id, O(1) to set and to clear, work per tick in proportion to what is due in it.
///
/// Ids are small dense integers (the slots of a shard). A deadline fires at the first tick boundary at or after it, never before.
/// Deadlines beyond one turn of the wheel stay in their bucket and are looked at once a turn. The wheel knows no clock: it is driven by
/// ``advance(to:)``.
package struct TimingWheel: Sendable {
    /// The distance between two ticks.
    package static let tick: TimeAmount = .milliseconds(100)

    private static let none: Int32 = -1

    private let mask: Int
    private var heads: ContiguousArray<Int32>
    private var next: ContiguousArray<Int32> = []
    private var previous: ContiguousArray<Int32> = []
    /// The tick of each id's deadline; 0 for ids without one.
    private var ticks: ContiguousArray<UInt64> = []
    /// All ticks up to and including this one have fired.
    private var current: UInt64

    /// How many ids have a deadline.
    package private(set) var count = 0

    /// Makes an empty wheel.
    ///
    /// - Parameters:
    ///   - now: where time begins.
    ///   - buckets: a power of two; one turn takes this many ticks.
    package init(now: NIODeadline, buckets: Int = 1024) {
        precondition(buckets > 0 && buckets & (buckets - 1) == 0, "the number of buckets is a power of two")
        self.mask = buckets - 1
        self.heads = ContiguousArray(repeating: Self.none, count: buckets)
        self.current = Self.lastTick(at: now)
    }

    /// Sets the deadline of an id, in place of the one that it had.
    package mutating func schedule(_ id: Int, at deadline: NIODeadline) {
        self.cancel(id)
        self.grow(toHold: id)
        let tick = max(Self.firstTick(from: deadline), self.current + 1)
        let bucket = Int(truncatingIfNeeded: tick) & self.mask
        let head = self.heads[bucket]
        self.ticks[id] = tick
        self.next[id] = head
        self.previous[id] = Self.none
        if head != Self.none { self.previous[Int(head)] = Int32(id) }
        self.heads[bucket] = Int32(id)
        self.count += 1
    }

    /// Clears the deadline of an id; nothing happens when it has none.
    package mutating func cancel(_ id: Int) {
        guard id < self.ticks.count, self.ticks[id] != 0 else { return }
        let before = self.previous[id]
        let after = self.next[id]
        if before == Self.none {
            self.heads[Int(truncatingIfNeeded: self.ticks[id]) & self.mask] = after
        } else {
            self.next[Int(before)] = after
        }
        if after != Self.none { self.previous[Int(after)] = before }
        self.ticks[id] = 0
        self.count -= 1
    }

    /// When an id's deadline fires; `nil` when it has none.
    package func deadline(of id: Int) -> NIODeadline? {
        guard id < self.ticks.count, self.ticks[id] != 0 else { return nil }
        return Self.time(of: self.ticks[id])
    }

    /// The earliest time at which ``advance(to:)`` may find something due; `nil` when the wheel is empty.
    package func nextWakeup() -> NIODeadline? {
        guard self.count > 0 else { return nil }
        for distance in 1...UInt64(self.heads.count) {
            let tick = self.current + distance
            if self.heads[Int(truncatingIfNeeded: tick) & self.mask] != Self.none { return Self.time(of: tick) }
        }
        return nil
    }

    /// Moves time forward.
    ///
    /// - Returns: the ids that came due, each without a deadline from now on. In the order of their ticks unless time jumped by more than
    ///   one turn of the wheel.
    package mutating func advance(to now: NIODeadline) -> [Int] {
        let target = Self.lastTick(at: now)
        guard target > self.current else { return [] }
        var due: [Int] = []
        if self.count > 0 {
            // After a long pause one turn visits every bucket; more would only repeat it.
            let first = target - self.current > UInt64(self.heads.count) ? target - UInt64(self.heads.count) + 1 : self.current + 1
            for tick in first...target {
                self.collect(bucket: Int(truncatingIfNeeded: tick) & self.mask, until: target, into: &due)
            }
        }
        self.current = target
        return due
    }

    private mutating func collect(bucket: Int, until target: UInt64, into due: inout [Int]) {
        var id = self.heads[bucket]
        while id != Self.none {
            let following = self.next[Int(id)]
            if self.ticks[Int(id)] <= target {
                self.cancel(Int(id))
                due.append(Int(id))
            }
            id = following
        }
    }

    private mutating func grow(toHold id: Int) {
        while self.ticks.count <= id {
            self.ticks.append(0)
            self.next.append(Self.none)
            self.previous.append(Self.none)
        }
    }

    private static func firstTick(from deadline: NIODeadline) -> UInt64 {
        let unit = UInt64(Self.tick.nanoseconds)
        return (deadline.uptimeNanoseconds + unit - 1) / unit
    }

    private static func lastTick(at now: NIODeadline) -> UInt64 {
        now.uptimeNanoseconds / UInt64(Self.tick.nanoseconds)
    }

    private static func time(of tick: UInt64) -> NIODeadline {
        .uptimeNanoseconds(tick * UInt64(Self.tick.nanoseconds))
    }
}
