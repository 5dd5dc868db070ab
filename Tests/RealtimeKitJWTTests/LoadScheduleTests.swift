//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing

@testable import RealtimeKitJWT

@Suite struct LoadScheduleTests {
    private func schedule() -> LoadSchedule { LoadSchedule(coolDown: .seconds(30), refreshAfter: .seconds(600)) }

    private func at(_ seconds: Double) -> Date { TestToken.now + seconds }

    @Test func theFirstMissLoadsAndOthersWait() {
        var schedule = self.schedule()
        #expect(!schedule.hasLoaded)
        #expect(schedule.missing(at: self.at(0)) == .load)
        #expect(schedule.missing(at: self.at(0)) == .wait)
        #expect(schedule.missing(at: self.at(1000)) == .wait)
        #expect(schedule.demanded() == .wait)
        schedule.ended(at: self.at(1001), isSuccess: true)
        #expect(schedule.hasLoaded && !schedule.hasFailed)
    }

    @Test(arguments: [true, false])
    func theCoolDownBeginsAtTheEndOfALoad(isSuccess: Bool) {
        var schedule = self.schedule()
        #expect(schedule.missing(at: self.at(0)) == .load)
        schedule.ended(at: self.at(100), isSuccess: isSuccess)
        for time in [100, 101, 129, 129.999] { #expect(schedule.missing(at: self.at(time)) == .giveUp) }
        #expect(schedule.missing(at: self.at(130)) == .load)
    }

    @Test func aClockThatIsSetBackStopsNothing() {
        var schedule = self.schedule()
        #expect(schedule.missing(at: self.at(0)) == .load)
        schedule.ended(at: self.at(0), isSuccess: true)
        #expect(schedule.missing(at: self.at(-1)) == .giveUp)
        #expect(schedule.missing(at: self.at(-3600)) == .load)
    }

    @Test func anOldSetIsLoadedAnewOnce() {
        var schedule = self.schedule()
        #expect(schedule.found(at: self.at(10_000)) == false)
        #expect(schedule.missing(at: self.at(0)) == .load)
        schedule.ended(at: self.at(0), isSuccess: true)
        #expect(schedule.found(at: self.at(599)) == false)
        #expect(schedule.found(at: self.at(600)) == true)
        #expect(schedule.found(at: self.at(600)) == false)
        #expect(schedule.missing(at: self.at(600)) == .wait)
        schedule.ended(at: self.at(601), isSuccess: false)
        #expect(schedule.hasLoaded && schedule.hasFailed)
        #expect(schedule.found(at: self.at(602)) == false)
        #expect(schedule.found(at: self.at(631)) == true)
        schedule.ended(at: self.at(632), isSuccess: true)
        #expect(!schedule.hasFailed)
        #expect(schedule.found(at: self.at(1231)) == false)
        #expect(schedule.found(at: self.at(1232)) == true)
    }

    @Test func theApplicationNeedNotWaitForTheCoolDown() {
        var schedule = self.schedule()
        #expect(schedule.demanded() == .load)
        schedule.ended(at: self.at(0), isSuccess: false)
        #expect(schedule.missing(at: self.at(1)) == .giveUp)
        #expect(schedule.demanded() == .load)
        #expect(schedule.missing(at: self.at(1)) == .wait)
    }
}
