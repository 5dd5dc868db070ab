//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct TokenBucketTests {
    private static let second: UInt64 = 1_000_000_000

    private func taken(_ bucket: inout TokenBucket, at now: UInt64, of tries: Int = 1000) -> Int {
        (0..<tries).count { _ in bucket.take(at: now) }
    }

    @Test(arguments: [1, 2, 5, 100], [0, 7, 1 << 62] as [UInt64])
    func aNewBucketHoldsABurst(burst: Int, start: UInt64) {
        var bucket = TokenBucket(rate: 1, burst: burst)
        #expect(self.taken(&bucket, at: start) == burst)
    }

    @Test func aTokenComesWhenItIsDueAndNotBefore() {
        var bucket = TokenBucket(rate: 4, burst: 1)
        #expect(bucket.take(at: Self.second) == true)
        #expect(bucket.take(at: Self.second) == false)
        #expect(bucket.take(at: Self.second + 249_999_999) == false)
        #expect(bucket.take(at: Self.second + 250_000_000) == true)
        #expect(bucket.take(at: Self.second + 250_000_000) == false)
        #expect(bucket.take(at: Self.second + 500_000_000) == true)
    }

    @Test func aQuietTimeCollectsABurstAndNoMore() {
        var bucket = TokenBucket(rate: 10, burst: 3)
        #expect(self.taken(&bucket, at: 0) == 3)
        #expect(self.taken(&bucket, at: 200_000_000) == 2)
        #expect(self.taken(&bucket, at: 3600 * Self.second) == 3)
        #expect(self.taken(&bucket, at: 3600 * Self.second) == 0)
    }

    @Test func aRefusalTakesNothing() {
        var bucket = TokenBucket(rate: 1, burst: 1)
        #expect(bucket.take(at: 0) == true)
        for step in 1..<1000 as Range<UInt64> { #expect(bucket.take(at: step * 1_000_000) == false) }
        #expect(bucket.take(at: Self.second) == true)
    }

    @Test func theWaitIsExact() {
        var bucket = TokenBucket(rate: 2, burst: 2)
        #expect(bucket.wait(at: 0) == 0)
        #expect(bucket.take(at: 0) == true)
        #expect(bucket.wait(at: 0) == 0)
        #expect(bucket.take(at: 0) == true)
        #expect(bucket.wait(at: 0) == 500_000_000)
        #expect(bucket.wait(at: 400_000_000) == 100_000_000)
        #expect(bucket.wait(at: 500_000_000) == 0)
        #expect(bucket.wait(at: .max) == 0)
    }

    @Test func timeThatRunsBackwardsNeitherBringsTokensNorLosesAny() {
        var bucket = TokenBucket(rate: 1, burst: 2)
        #expect(bucket.take(at: 10 * Self.second) == true)
        #expect(bucket.wait(at: 3 * Self.second) == 0)
        #expect(bucket.take(at: 3 * Self.second) == true)
        #expect(bucket.take(at: 0) == false)
        #expect(bucket.wait(at: 0) == Self.second)
        #expect(bucket.take(at: 11 * Self.second - 1) == false)
        #expect(bucket.take(at: 5 * Self.second) == false)
        #expect(bucket.take(at: 11 * Self.second) == true)
    }

    @Test func aRefusedTryAtALaterTimeIsRemembered() {
        var bucket = TokenBucket(rate: 1, burst: 1)
        #expect(bucket.take(at: 0) == true)
        #expect(bucket.take(at: Self.second - 1) == false)
        #expect(bucket.wait(at: 0) == 1)
    }

    @Test(arguments: [0.001, 0.3, 1, 3, 7.5, 999, 33_333, 700_000, 1_000_000])
    func neverMoreThanTheRateAndHardlyLess(rate: Double) {
        var bucket = TokenBucket(rate: rate, burst: 5)
        #expect(self.taken(&bucket, at: 0) == 5)
        // As long as 1000 tokens take.
        let end = UInt64(1000 / rate * 1e9)
        var count = 0
        var now: UInt64 = 0
        while true {
            now += bucket.wait(at: now)
            guard now <= end, bucket.take(at: now) else { break }
            count += 1
        }
        #expect(count <= 1000)
        #expect(count >= 999)
    }

    @Test(
        arguments: [0, -1, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude] as [Double],
        [.min, 0, 1, .max] as [Int]
    )
    func nothingTraps(rate: Double, burst: Int) {
        var bucket = TokenBucket(rate: rate, burst: burst)
        #expect(bucket.take(at: 0) == true)
        for now in [0, 1, .max, .max - 1, .max, 0] as [UInt64] {
            _ = bucket.take(at: now)
            _ = bucket.wait(at: now)
        }
    }

    @Test func aBurstBeyondAllTimeIsStillABurst() {
        // The nanoseconds in which it would come are a little more than fit.
        var bucket = TokenBucket(rate: 0.001, burst: 18_446_746)
        #expect(self.taken(&bucket, at: 0) == 1000)
    }

    @Test(arguments: [0, -1, .nan] as [Double])
    func aBadRateIsASlowOne(rate: Double) {
        var bucket = TokenBucket(rate: rate, burst: 1)
        #expect(bucket.take(at: 0) == true)
        #expect(bucket.take(at: 86_400 * Self.second) == false)
    }

    @Test(arguments: [1, 2, 3, 10], 1...5 as ClosedRange<UInt64>)
    func agreesWithABucketThatCountsItsTokens(burst: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed &* 31 &+ UInt64(burst))
        let interval = random.number(1..<50)
        // A little faster, for the bucket rounds up to whole nanoseconds.
        var bucket = TokenBucket(rate: 1e9 / (Double(interval) - 0.5), burst: burst)
        var model = TokenBucketModel(interval: interval, burst: burst)
        var now = random.number(0..<1000)
        for _ in 0..<5000 {
            now += random.oneIn(3) ? 0 : random.number(0..<(random.oneIn(20) ? 20 * interval : interval))
            // Now and then somebody comes late.
            let told = random.oneIn(5) ? max(0, now - random.number(0..<100)) : now
            #expect(bucket.wait(at: UInt64(told)) == UInt64(model.wait(at: told)))
            let expected = model.take(at: told)
            #expect(bucket.take(at: UInt64(told)) == expected)
        }
    }
}
