//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// The connections of an event loop for which something waits, and which of them has been stalled longest: a heap, with the place of each in it.
///
/// Ids are small dense integers (the slots of a shard). To set, to move and to remove one costs O(log n), to know the first costs nothing.
package struct StallQueue: Sendable {
    private struct Entry {
        let id: Int
        var since: NIODeadline

        /// Of two that stalled in the same moment the one with the lower id goes first: so that there is an order.
        func precedes(_ other: Entry) -> Bool { (self.since, self.id) < (other.since, other.id) }
    }

    private static let none: Int32 = -1

    private var heap: ContiguousArray<Entry> = []
    /// Where each id is in the heap.
    private var positions: ContiguousArray<Int32> = []

    package init() {}

    package var count: Int { self.heap.count }

    /// The id that has been stalled longest, and since when.
    package var first: (id: Int, since: NIODeadline)? { self.heap.first.map { ($0.id, $0.since) } }

    /// Adds an id, or changes since when it has been stalled.
    package mutating func set(_ id: Int, since: NIODeadline) {
        while self.positions.count <= id { self.positions.append(Self.none) }
        let position = Int(self.positions[id])
        if position < 0 {
            self.heap.append(Entry(id: id, since: since))
            self.positions[id] = Int32(self.heap.count - 1)
            self.rise(from: self.heap.count - 1)
        } else if self.heap[position].since != since {
            self.heap[position].since = since
            self.settle(at: position)
        }
    }

    /// Removes an id; nothing happens when it is not there.
    package mutating func remove(_ id: Int) {
        guard id < self.positions.count, self.positions[id] != Self.none else { return }
        let position = Int(self.positions[id])
        self.positions[id] = Self.none
        guard let last = self.heap.popLast(), position < self.heap.count else { return }
        self.place(last, at: position)
        self.settle(at: position)
    }

    // MARK: The heap

    private mutating func place(_ entry: Entry, at position: Int) {
        self.heap[position] = entry
        self.positions[entry.id] = Int32(position)
    }

    /// Brings an entry that has changed to where it belongs.
    private mutating func settle(at position: Int) {
        self.rise(from: self.sink(from: position))
    }

    private mutating func rise(from start: Int) {
        var position = start
        let entry = self.heap[start]
        while position > 0 {
            let parent = (position - 1) / 2
            guard entry.precedes(self.heap[parent]) else { break }
            self.place(self.heap[parent], at: position)
            position = parent
        }
        self.place(entry, at: position)
    }

    private mutating func sink(from start: Int) -> Int {
        var position = start
        let entry = self.heap[start]
        while true {
            var child = 2 * position + 1
            guard child < self.heap.count else { break }
            if child + 1 < self.heap.count, self.heap[child + 1].precedes(self.heap[child]) { child += 1 }
            guard self.heap[child].precedes(entry) else { break }
            self.place(self.heap[child], at: position)
            position = child
        }
        self.place(entry, at: position)
        return position
    }
}
