//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Lets things through at a steady rate, and a burst of them after a quiet time. Full at the beginning.
///
/// The tokens are not counted: it is enough to know since when there would be a full bucket (the generic cell rate algorithm, ITU-T I.371).
/// That is exact in whole nanoseconds, however long it runs.
package struct TokenBucket: Hashable, Sendable {
    /// The nanoseconds of the slowest rate, a token in 11 days, which bad rates get too.
    private static let slowest = 1e15

    /// The nanoseconds between two tokens, rounded up: never more than the rate.
    private let interval: UInt64
    /// How far ahead of its time the last token of a burst may be taken.
    private let tolerance: UInt64
    /// When the bucket is full again.
    private var full: UInt64 = 0
    /// The latest time that was told.
    private var latest: UInt64 = 0

    /// - Parameters:
    ///   - rate: the tokens a second.
    ///   - burst: the most tokens that a quiet time collects; at least 1 is taken.
    package init(rate: Double, burst: Int) {
        self.interval = UInt64(rate > 0 ? min(max((1e9 / rate).rounded(.up), 1), Self.slowest) : Self.slowest)
        let product = self.interval.multipliedReportingOverflow(by: UInt64(max(burst, 1) - 1))
        self.tolerance = product.overflow ? .max : product.partialValue
    }

    /// Takes a token if there is one.
    ///
    /// - Parameter now: nanoseconds of a monotonic clock. A time before the latest one (two threads that came in the other order) is taken
    ///   for the latest: it neither brings tokens nor loses any.
    package mutating func take(at now: UInt64) -> Bool {
        self.latest = max(self.latest, now)
        guard self.wait(at: now) == 0 else { return false }
        let sum = max(self.full, self.latest).addingReportingOverflow(self.interval)
        self.full = sum.overflow ? .max : sum.partialValue
        return true
    }

    /// The nanoseconds until there is a token; 0 when there is one.
    package func wait(at now: UInt64) -> UInt64 {
        let now = max(self.latest, now)
        guard self.full > now else { return 0 }
        let ahead = self.full - now
        return ahead > self.tolerance ? ahead - self.tolerance : 0
    }
}
