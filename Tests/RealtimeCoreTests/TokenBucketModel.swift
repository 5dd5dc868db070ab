//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The plainest token bucket: it counts, in parts of a token.
struct TokenBucketModel {
    private let interval: Int
    private let size: Int
    private var content: Int
    private var latest = 0

    /// - Parameter interval: the nanoseconds in which a token comes.
    init(interval: Int, burst: Int) {
        self.interval = interval
        self.size = interval * burst
        self.content = self.size
    }

    mutating func wait(at now: Int) -> Int {
        var copy = self
        copy.fill(at: now)
        return max(0, self.interval - copy.content)
    }

    mutating func take(at now: Int) -> Bool {
        self.fill(at: now)
        guard self.content >= self.interval else { return false }
        self.content -= self.interval
        return true
    }

    private mutating func fill(at now: Int) {
        guard now > self.latest else { return }
        self.content = min(self.size, self.content + (now - self.latest))
        self.latest = now
    }
}
