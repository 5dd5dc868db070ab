//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore
import Testing

@Suite struct SheddingTests {
    private func time(_ number: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(number)) }

    /// Every list of up to four event loops, on which nobody is stalled or somebody since 0, 1, 2 or 3.
    private static let lists: [[Int?]] = {
        var all: [[Int?]] = [[]]
        var longest: [[Int?]] = [[]]
        for _ in 1...4 {
            longest = longest.flatMap { list in [nil, 0, 1, 2, 3].map { list + [$0] } }
            all += longest
        }
        return all
    }()

    @Test(arguments: [0, 99, 100, 101, Int.max])
    func theLoopWithTheLongestStalledConnectionIsNextWheneverThereIsTooMuch(bytes: Int) {
        let shedding = Shedding(bytes: bytes, maxBytes: 100)
        #expect(shedding.isNeeded == (bytes > 100))
        for list in Self.lists {
            let chosen = shedding.loop(stalledSince: list.map { $0.map(self.time) })
            let oldest = list.compactMap { $0 }.min()
            if bytes > 100, let oldest {
                #expect(chosen == list.firstIndex(of: oldest), "\(list)")
            } else {
                #expect(chosen == nil, "\(list)")
            }
        }
    }

    @Test func withoutALimitNobodyHasToGo() {
        #expect(!Shedding(bytes: .max, maxBytes: .max).isNeeded)
    }

    @Test func aSingleMessageMayWaitWhereNothingElseDoes() {
        let shedding = Shedding(bytes: 500, maxBytes: 100)
        #expect(shedding.spares(holding: 500, isOneMessage: true))
        #expect(!shedding.spares(holding: 500, isOneMessage: false))
        #expect(!shedding.spares(holding: 499, isOneMessage: true))
    }
}
