//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct ReceiptCollectorTests {
    @Test func aMessageForNobodyIsDoneAtOnce() async {
        let receipt = await ReceiptCollector().receipt(matched: 0)
        #expect(receipt == DeliveryReceipt(matched: 0, queued: 0, dropped: 0))
    }

    @Test func reportsThatCameFirstAreAddedUp() async {
        let collector = ReceiptCollector()
        for _ in 0..<3 { collector.expectLoop() }
        collector.report(written: 5, queued: 1)
        collector.report(written: 0, queued: 2)
        collector.report(written: 3, queued: 0)
        #expect(await collector.receipt(matched: 13) == DeliveryReceipt(matched: 13, queued: 3, dropped: 2))
    }

    @Test func whatNobodyReportedWasDropped() async {
        let collector = ReceiptCollector()
        collector.expectLoop()
        collector.report(written: 0, queued: 0)
        #expect(await collector.receipt(matched: 4) == DeliveryReceipt(matched: 4, queued: 0, dropped: 4))
    }

    @Test func moreReportsThanMatchesAreNotNegativeDrops() async {
        let collector = ReceiptCollector()
        collector.expectLoop()
        collector.report(written: 3, queued: 0)
        #expect(await collector.receipt(matched: 2) == DeliveryReceipt(matched: 2, queued: 0, dropped: 0))
    }

    @Test func waitsForTheLastLoopWheneverItReports() async {
        for _ in 0..<200 {
            let collector = ReceiptCollector()
            for _ in 0..<8 { collector.expectLoop() }
            let receipt = await withTaskGroup(of: DeliveryReceipt?.self) { group in
                group.addTask { await collector.receipt(matched: 40) }
                for number in 0..<8 {
                    group.addTask {
                        collector.report(written: number, queued: 1)
                        return nil
                    }
                }
                return await group.reduce(nil) { $0 ?? $1 }
            }
            #expect(receipt == DeliveryReceipt(matched: 40, queued: 8, dropped: 4))
        }
    }
}
