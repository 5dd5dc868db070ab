//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RealtimeCore
import Testing

/// Who is denied, and until when.
@Suite struct DenyTableTests {
    private let start = Date(timeIntervalSince1970: 1_000_000)

    @Test func whatIsDeniedIsDeniedUntilItsTime() {
        var table = DenyTable()
        #expect(!table.denies([.user("a")], at: self.start))
        table.deny(.user("a"), until: self.start + 10, now: self.start)
        #expect(table.denies([.token("x"), .user("a")], at: self.start))
        #expect(table.denies([.user("a")], at: self.start + 9.9))
        #expect(!table.denies([.user("a")], at: self.start + 10))
        // The same name is another subject.
        #expect(!table.denies([.session("a"), .token("a"), .user("b")], at: self.start))
        #expect(!table.denies([], at: self.start))
    }

    @Test func theLongerOfTwoEntriesCounts() {
        var table = DenyTable()
        table.deny(.session("s"), until: self.start + 10, now: self.start)
        table.deny(.session("s"), until: self.start + 5, now: self.start)
        #expect(table.denies([.session("s")], at: self.start + 7))
        table.deny(.session("s"), until: self.start + 20, now: self.start)
        #expect(table.denies([.session("s")], at: self.start + 15))
    }

    @Test func anEntryCanBeTakenBack() {
        var table = DenyTable()
        table.deny(.token("t"), until: self.start + 10, now: self.start)
        let results = (table.allow(.token("t")), table.allow(.token("t")))
        #expect(results == (true, false))
        #expect(!table.denies([.token("t")], at: self.start))
    }

    @Test func entriesThatAreOverDoNotPileUp() {
        var table = DenyTable()
        for number in 0..<100_000 {
            table.deny(.token("\(number)"), until: self.start + Double(number) + 100, now: self.start + Double(number))
        }
        #expect(table.count <= 2048)
        #expect(table.denies([.token("99999")], at: self.start + 100_000))
        #expect(table.denies([.token("99990")], at: self.start + 100_000))
    }
}
