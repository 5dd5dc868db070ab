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

@Suite struct HeartbeatScheduleTests {
    private func time(_ seconds: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(seconds) * 1_000_000_000) }

    @Test func withoutIntervalNothingIsEverDue() {
        var schedule = HeartbeatSchedule(interval: nil, now: self.time(1))
        #expect(schedule.deadline == nil)
        #expect(schedule.isDue(at: .distantFuture) == false)
    }

    @Test func theFirstBeatIsDueOneIntervalAfterTheBeginning() {
        var schedule = HeartbeatSchedule(interval: .seconds(15), now: self.time(100))
        #expect(schedule.deadline == self.time(115))
        #expect(schedule.isDue(at: self.time(114)) == false)
        #expect(schedule.isDue(at: self.time(115)) == true)
    }

    @Test func everyBeatIsDueOnce() {
        var schedule = HeartbeatSchedule(interval: .seconds(15), now: self.time(0))
        #expect(schedule.isDue(at: self.time(15)) == true)
        #expect(schedule.isDue(at: self.time(15)) == false)
        #expect(schedule.deadline == self.time(30))
        #expect(schedule.isDue(at: self.time(29)) == false)
        #expect(schedule.isDue(at: self.time(30)) == true)
    }

    @Test func aBeatThatComesALittleLateKeepsTheRhythm() {
        var schedule = HeartbeatSchedule(interval: .seconds(10), now: self.time(0))
        #expect(schedule.isDue(at: self.time(14)) == true)
        #expect(schedule.deadline == self.time(20))
        #expect(schedule.isDue(at: self.time(25)) == true)
        #expect(schedule.deadline == self.time(35))
    }

    @Test func missedBeatsAreNotMadeUpFor() {
        var schedule = HeartbeatSchedule(interval: .seconds(10), now: self.time(0))
        #expect(schedule.isDue(at: self.time(95)) == true)
        #expect(schedule.isDue(at: self.time(104)) == false)
        #expect(schedule.isDue(at: self.time(105)) == true)
    }

    @Test(
        arguments: [
            (15, [], 15), (15, [5], 5), (15, [30], 15), (15, [20, 3, 7], 3), (nil, [], nil), (nil, [5], 5), (nil, [30, 20], 20),
        ] as [(Int64?, [Int64], Int?)]
    )
    func theShortestIntervalWins(own: Int64?, topics: [Int64], shortest: Int?) {
        var schedule = HeartbeatSchedule(interval: own.map { .seconds($0) }, now: self.time(100))
        schedule.update(topics: topics.map { .seconds($0) })
        #expect(schedule.deadline == shortest.map { self.time(100 + $0) })
    }

    @Test func leavingATopicBringsTheOwnIntervalBack() {
        var schedule = HeartbeatSchedule(interval: .seconds(30), now: self.time(0))
        schedule.update(topics: [.seconds(5)])
        #expect(schedule.isDue(at: self.time(5)) == true)
        schedule.update(topics: [])
        #expect(schedule.deadline == self.time(35))
    }

    @Test func aConnectionWithoutOwnHeartbeatStopsWithItsLastTopic() {
        var schedule = HeartbeatSchedule(interval: nil, now: self.time(0))
        schedule.update(topics: [.seconds(5)])
        #expect(schedule.deadline == self.time(5))
        schedule.update(topics: [])
        #expect(schedule.deadline == nil)
    }

    @Test func aShorterIntervalMayBeDueAtOnce() {
        var schedule = HeartbeatSchedule(interval: .seconds(60), now: self.time(0))
        #expect(schedule.isDue(at: self.time(40)) == false)
        schedule.update(topics: [.seconds(10)])
        #expect(schedule.isDue(at: self.time(40)) == true)
        #expect(schedule.deadline == self.time(50))
    }
}
