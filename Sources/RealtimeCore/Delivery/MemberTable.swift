//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The members of one topic on one event loop, packed for the pass that writes to them all.
///
/// Members are slots of the shard. While a pass is under way nothing moves: whoever leaves becomes a hole, and the holes are filled when
/// the pass is over.
package struct MemberTable: Sendable {
    package static let hole: Int32 = -1

    /// The members' slots; ``hole`` where somebody left during the pass.
    package private(set) var slots: ContiguousArray<Int32> = []
    private var holes: [Int] = []
    private var isFrozen = false

    package init() {}

    /// How many members there are.
    package var count: Int { self.slots.count - self.holes.count }

    /// A member whose position changed because another left.
    package struct Move: Equatable {
        package let slot: Int
        package let position: Int
    }

    /// Adds a member and gives its position.
    package mutating func append(_ slot: Int) -> Int {
        self.slots.append(Int32(slot))
        return self.slots.count - 1
    }

    /// Removes the member at a position; gives the member that took its place.
    package mutating func remove(at position: Int) -> Move? {
        guard !self.isFrozen else {
            self.slots[position] = Self.hole
            self.holes.append(position)
            return nil
        }
        let last = self.slots.removeLast()
        guard position < self.slots.count else { return nil }
        self.slots[position] = last
        return Move(slot: Int(last), position: position)
    }

    /// A pass begins: positions stay as they are until ``thaw()``.
    package mutating func freeze() {
        self.isFrozen = true
    }

    /// The pass is over; gives the members that were moved into holes.
    package mutating func thaw() -> [Move] {
        self.isFrozen = false
        var moves: [Move] = []
        // From the highest hole down, so that the last member is never itself a hole.
        for position in self.holes.sorted(by: >) {
            if let move = self.remove(at: position) { moves.append(move) }
        }
        self.holes = []
        return moves
    }
}
