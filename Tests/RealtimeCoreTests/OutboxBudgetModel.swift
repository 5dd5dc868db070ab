//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// What should wait for whom, and who should be ended, written as plainly as possible. No client takes anything unless it is said so.
struct OutboxBudgetModel {
    private struct Client {
        let engine: Int
        let limits: OutboxLimits
        /// Since when its oldest byte has been waiting.
        var since: Int?
        var waiting: [(bytes: Int, step: Int)] = []
        var isGone = false

        var bytes: Int { self.waiting.reduce(0) { $0 + $1.bytes } }
    }

    private let maxBytes: Int
    private var clients: [Client] = []
    private(set) var ends: [(client: Int, reason: DisconnectReason)] = []
    /// How many were ended for the budget.
    private(set) var shed = 0

    init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    var bytes: Int { self.clients.reduce(0) { $0 + $1.bytes } }

    func isGone(_ index: Int) -> Bool { self.clients[index].isGone }

    func engine(of index: Int) -> Int { self.clients[index].engine }

    /// A client comes, and does not take its greeting.
    mutating func connect(to engine: Int, _ limits: OutboxLimits, at step: Int) {
        self.clients.append(Client(engine: engine, limits: limits, since: step))
    }

    mutating func leave(_ index: Int, _ reason: DisconnectReason) {
        self.clients[index].isGone = true
        self.clients[index].waiting = []
        self.ends.append((index, reason))
    }

    mutating func send(_ bytes: Int, to index: Int, at step: Int) {
        guard self.clients[index].since != nil else {
            self.clients[index].since = step
            return
        }
        let limits = self.clients[index].limits
        if self.clients[index].bytes >= limits.maxBytes {
            if limits.overflow == .disconnect { return self.leave(index, .slowConsumer) }
            if limits.overflow == .dropNewest { return }
            while self.clients[index].bytes >= limits.maxBytes { self.clients[index].waiting.removeFirst() }
        }
        self.clients[index].waiting.append((bytes, step))
        self.endTheLongestStalled()
    }

    /// A client takes what is under way; up to 64 KiB or one message of what waits follow.
    mutating func complete(_ index: Int) {
        guard self.clients[index].since != nil else { return }
        self.clients[index].since = self.clients[index].waiting.first?.step
        var taken = 0
        while let next = self.clients[index].waiting.first, taken == 0 || taken + next.bytes <= 64 << 10 {
            taken += next.bytes
            self.clients[index].waiting.removeFirst()
        }
    }

    private mutating func endTheLongestStalled() {
        while self.bytes > self.maxBytes {
            let stalled = self.clients.indices.filter { !self.clients[$0].waiting.isEmpty }
            if stalled.count == 1, self.clients[stalled[0]].waiting.count == 1 { return }
            guard let next = stalled.min(by: { (self.clients[$0].since ?? 0) < (self.clients[$1].since ?? 0) }) else { return }
            self.leave(next, .slowConsumer)
            self.shed += 1
        }
    }
}
