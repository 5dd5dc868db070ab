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

@Suite struct TimingWheelTests {
    private func time(_ milliseconds: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(milliseconds) * 1_000_000) }

    @Test func anEmptyWheelWantsNothing() {
        var wheel = TimingWheel(now: self.time(12_345))
        #expect(wheel.count == 0)
        #expect(wheel.nextWakeup() == nil)
        #expect(wheel.advance(to: self.time(99_999_999)).isEmpty)
        wheel.cancel(0)
        wheel.cancel(1000)
        #expect(wheel.deadline(of: 1000) == nil)
    }

    @Test func aDeadlineFiresAtTheFirstTickAtOrAfterIt() {
        var wheel = TimingWheel(now: self.time(0))
        wheel.schedule(0, at: self.time(150))
        wheel.schedule(1, at: self.time(200))
        wheel.schedule(2, at: self.time(201))
        #expect(wheel.deadline(of: 0) == self.time(200))
        #expect(wheel.nextWakeup() == self.time(200))
        #expect(wheel.advance(to: self.time(199)).isEmpty)
        #expect(wheel.advance(to: self.time(200)).sorted() == [0, 1])
        #expect(wheel.advance(to: self.time(299)).isEmpty)
        #expect(wheel.advance(to: self.time(300)) == [2])
        #expect(wheel.count == 0)
    }

    @Test func whatFiredHasNoDeadlineAnyMore() {
        var wheel = TimingWheel(now: self.time(0))
        wheel.schedule(3, at: self.time(100))
        #expect(wheel.advance(to: self.time(100)) == [3])
        #expect(wheel.deadline(of: 3) == nil)
        #expect(wheel.nextWakeup() == nil)
        #expect(wheel.advance(to: self.time(500_000)).isEmpty)
    }

    @Test func aDeadlineInThePastFiresAtTheNextTick() {
        var wheel = TimingWheel(now: self.time(1000))
        wheel.schedule(0, at: self.time(10))
        wheel.schedule(1, at: .distantPast)
        #expect(wheel.advance(to: self.time(1099)).isEmpty)
        #expect(wheel.advance(to: self.time(1100)).sorted() == [0, 1])
    }

    @Test func deadlinesBeyondOneTurnWaitForTheirTurn() {
        var wheel = TimingWheel(now: self.time(0), buckets: 4)
        wheel.schedule(0, at: self.time(100))
        wheel.schedule(1, at: self.time(500))
        wheel.schedule(2, at: self.time(900))
        #expect(wheel.advance(to: self.time(100)) == [0])
        #expect(wheel.advance(to: self.time(400)).isEmpty)
        #expect(wheel.advance(to: self.time(500)) == [1])
        #expect(wheel.advance(to: self.time(900)) == [2])
    }

    @Test func aNewDeadlineReplacesTheOld() {
        var wheel = TimingWheel(now: self.time(0))
        wheel.schedule(0, at: self.time(100))
        wheel.schedule(0, at: self.time(900))
        #expect(wheel.count == 1)
        #expect(wheel.advance(to: self.time(800)).isEmpty)
        wheel.schedule(0, at: self.time(850))
        #expect(wheel.advance(to: self.time(900)) == [0])
    }

    @Test func timeDoesNotRunBackwards() {
        var wheel = TimingWheel(now: self.time(1000))
        wheel.schedule(0, at: self.time(1100))
        #expect(wheel.advance(to: self.time(500)).isEmpty)
        #expect(wheel.advance(to: .distantPast).isEmpty)
        #expect(wheel.advance(to: self.time(1100)) == [0])
    }

    @Test func theDistantFutureIsKept() {
        var wheel = TimingWheel(now: self.time(1000))
        wheel.schedule(0, at: .distantFuture)
        #expect(wheel.advance(to: self.time(1_000_000_000)).isEmpty)
        #expect(wheel.count == 1)
        wheel.cancel(0)
        #expect(wheel.nextWakeup() == nil)
    }

    @Test func whatIsDueComesInTheOrderOfItsTicks() {
        var wheel = TimingWheel(now: self.time(0), buckets: 8)
        for (id, tick) in [5, 2, 8, 1, 7].enumerated() { wheel.schedule(id, at: self.time(tick * 100)) }
        #expect(wheel.advance(to: self.time(800)) == [3, 1, 0, 4, 2])
    }

    @Test func everythingIsDueOnceAfterAJumpOfMoreThanOneTurn() {
        var wheel = TimingWheel(now: self.time(0), buckets: 4)
        wheel.schedule(0, at: self.time(100))
        wheel.schedule(1, at: self.time(400))
        wheel.schedule(2, at: self.time(500))
        #expect(wheel.advance(to: self.time(600)).sorted() == [0, 1, 2])
        #expect(wheel.count == 0)
    }

    @Test func wakingUpWhenItSaysSoMissesNothing() {
        var random = SeededGenerator(seed: 7)
        var wheel = TimingWheel(now: self.time(0), buckets: 16)
        let deadlines = (0..<200).map { _ in random.number(1..<10_000) }
        for (id, deadline) in deadlines.enumerated() { wheel.schedule(id, at: self.time(deadline)) }
        var fired = 0
        while let wakeup = wheel.nextWakeup() {
            for id in wheel.advance(to: wakeup) {
                fired += 1
                let late = wakeup - self.time(deadlines[id])
                #expect(late >= .zero)
                #expect(late < TimingWheel.tick)
            }
        }
        #expect(fired == 200)
    }

    @Test(arguments: [1, 2, 8, 64, 1024], 1...3 as ClosedRange<UInt64>)
    func agreesWithANaiveModel(buckets: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed &* 31 &+ UInt64(buckets))
        // Nanoseconds since the beginning; ids with the times at which they were meant to fire.
        let tick = Int(TimingWheel.tick.nanoseconds)
        var now = random.number(0..<10 * tick)
        var wheel = TimingWheel(now: .uptimeNanoseconds(UInt64(now)), buckets: buckets)
        var model: [Int: Int] = [:]
        for step in 0..<2000 {
            switch random.number(0..<10) {
            case 0..<5:
                let id = random.number(0..<60)
                let reach = [tick, 10 * tick, buckets * tick, 5 * buckets * tick][random.number(0..<4)]
                let deadline = max(0, now + random.number(-tick..<reach))
                wheel.schedule(id, at: .uptimeNanoseconds(UInt64(deadline)))
                // What is due already fires at the next tick.
                model[id] = max(deadline, (now / tick) * tick + 1)
            case 5..<7:
                let id = random.number(0..<80)
                wheel.cancel(id)
                model[id] = nil
            default:
                let reach = random.oneIn(8) ? 3 * buckets * tick : 2 * tick
                now += random.number(0..<reach)
                let due = wheel.advance(to: .uptimeNanoseconds(UInt64(now)))
                #expect(Set(due).count == due.count)
                let boundary = (now / tick) * tick
                let expected = model.filter { $0.value <= boundary }
                #expect(due.sorted() == expected.keys.sorted(), "step \(step)")
                // Never early, and whatever is still there is late by less than one tick.
                for id in due { #expect((model[id] ?? .max) <= now) }
                for id in expected.keys { model[id] = nil }
                for deadline in model.values { #expect(now - deadline < tick) }
            }
            #expect(wheel.count == model.count)
            let next = wheel.nextWakeup().map { Int($0.uptimeNanoseconds) }
            #expect((next == nil) == model.isEmpty)
            if let next, let earliest = model.values.min() {
                #expect(next > now)
                #expect(next <= (earliest + tick - 1) / tick * tick, "step \(step)")
            }
        }
    }

    @Test func theFiringTimeOfEveryIDIsKnown() {
        var random = SeededGenerator(seed: 3)
        var wheel = TimingWheel(now: self.time(0), buckets: 8)
        for id in 0..<500 {
            let deadline = self.time(random.number(1..<100_000))
            wheel.schedule(id, at: deadline)
            let fires = wheel.deadline(of: id)
            #expect(fires.map { $0 >= deadline && $0 - deadline < TimingWheel.tick } == true)
        }
        #expect(wheel.count == 500)
    }
}
