//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RealtimeKitTesting
import Testing

/// The clock that tests move.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ManualClockTests {
    @Test func itStandsStillUntilItIsMoved() async throws {
        let clock = ManualClock()
        let start = clock.now()
        #expect(clock.now() == start)
        try await clock.advance(by: .milliseconds(1500))
        #expect(clock.now() - start == .milliseconds(1500))
        try await clock.advance(by: .zero)
        #expect(clock.now() - start == .milliseconds(1500))
    }

    @Test func sleepersWakeWhenTheirTimeHasComeAndNotBefore() async throws {
        let clock = ManualClock()
        let woken = Recorder<Int>()
        let sleepers = [3, 1, 2].map { seconds in
            Task {
                try await clock.sleep(for: .seconds(seconds))
                woken.add(seconds)
            }
        }
        try await eventually("all sleep") { clock.sleeperCount == 3 }
        try await clock.advance(by: .milliseconds(999))
        #expect(clock.sleeperCount == 3)
        try await clock.advance(by: .milliseconds(1))
        #expect(clock.sleeperCount == 2)
        try await sleepers[1].value
        #expect(woken.values == [1])
        try await clock.advance(by: .seconds(2))
        for sleeper in sleepers { try await sleeper.value }
        #expect(Set(woken.values) == [1, 2, 3])
        #expect(clock.sleeperCount == 0)
    }

    @Test func aSleepCountsFromItsBeginning() async throws {
        let clock = ManualClock()
        try await clock.advance(by: .seconds(100))
        let sleeper = Task { try await clock.sleep(for: .seconds(1)) }
        try await eventually("it sleeps") { clock.sleeperCount == 1 }
        try await clock.advance(by: .milliseconds(999))
        #expect(clock.sleeperCount == 1)
        try await clock.advance(by: .milliseconds(1))
        try await sleeper.value
    }

    @Test func aSleeperThatIsCancelledWakesAtOnce() async throws {
        let clock = ManualClock()
        let sleeper = Task { try await clock.sleep(for: .seconds(1)) }
        try await eventually("it sleeps") { clock.sleeperCount == 1 }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(for: .seconds(1))
        }
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test func whatItDrivesHasHappenedWhenItReturns() async throws {
        let clock = ManualClock()
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let times = Recorder<NIODeadline>()
        #expect(clock.drive { now in loop.submit { times.add(now) } })
        let start = clock.now()
        for second in 1...5 {
            try await clock.advance(by: .seconds(1))
            #expect(times.values.count == second)
        }
        #expect(times.values.map { $0 - start } == [1, 2, 3, 4, 5].map { .seconds($0) })
    }
}
