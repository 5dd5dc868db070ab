//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// SplitMix64: the same numbers for the same seed, so that a random test that fails once fails always.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// A number of a range.
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    /// Whether something happens that happens once in so many times.
    mutating func oneIn(_ times: Int) -> Bool { self.number(0..<times) == 0 }
}
