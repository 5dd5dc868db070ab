//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

/// A ledger beside the plainest thing that gives the same answers: a list of what is open.
struct ConnectionLedgerModel {
    /// Addresses, and what they are counted under.
    static let addresses: [(address: IPAddress?, network: String?)] = [
        (IPAddress("192.0.2.1"), "v4"), (IPAddress("::ffff:192.0.2.1"), "v4"), (IPAddress("192.0.2.2"), "other v4"),
        (IPAddress("2001:db8:0:1::1"), "v6"), (IPAddress("2001:db8:0:1:ffff::2"), "v6"), (IPAddress("2001:db8:0:2::1"), "other v6"), (nil, nil),
    ]
    static let users = ["u", "v", "w", "e\u{301}", "\u{e9}"]

    enum Step: CaseIterable {
        case open
        case openMapped
        case openElsewhere
        case openWithoutAddress
        case nameFirst
        case nameLast
        case renameFirst
        case closeFirst
        case closeLast
        case wait
    }

    private struct Entry {
        let network: String?
        var user: String?
        var slot: ConnectionSlot
    }

    private let limits: ConnectionLimits
    private var ledger: ConnectionLedger
    private var entries: [Entry] = []
    private var tokens: TokenBucketModel?
    private var now = 0

    init(limits: ConnectionLimits) {
        self.limits = limits
        self.ledger = ConnectionLedger(limits: limits)
        self.tokens = limits.handshakesPerSecond.map {
            TokenBucketModel(interval: Int((1e9 / $0).rounded(.up)), burst: limits.handshakeBurst ?? max(1, Int($0)))
        }
    }

    mutating func apply(_ step: Step) {
        switch step {
        case .open: self.open(address: 0)
        case .openMapped: self.open(address: 1)
        case .openElsewhere: self.open(address: 3)
        case .openWithoutAddress: self.open(address: 6)
        case .nameFirst: self.assign(user: 0, to: 0)
        case .nameLast: self.assign(user: 0, to: self.entries.count - 1)
        case .renameFirst: self.assign(user: 1, to: 0)
        case .closeFirst: self.close(0)
        case .closeLast: self.close(self.entries.count - 1)
        case .wait: self.wait(nanoseconds: 1_000_000_000)
        }
    }

    mutating func open(address index: Int) {
        let (address, network) = Self.addresses[index]
        let verdict = self.ledger.open(address: address, at: UInt64(self.now))
        let expected: LimitReason?
        if let limit = self.limits.total, self.entries.count >= limit {
            expected = .total
        } else if let limit = self.limits.perAddress, let network, self.entries.count(where: { $0.network == network }) >= limit {
            expected = .address
        } else if self.tokens?.take(at: self.now) == false {
            expected = .rate
        } else {
            expected = nil
        }
        if let slot = self.slot(verdict, expected) { self.entries.append(Entry(network: network, user: nil, slot: slot)) }
        self.check()
    }

    mutating func assign(user index: Int, to place: Int) {
        guard !self.entries.isEmpty else { return }
        let entry = self.entries[place % self.entries.count]
        let user = Self.users[index]
        let verdict = self.ledger.assign(user: user, to: entry.slot)
        var expected: LimitReason?
        if let limit = self.limits.perUser, entry.user != user, self.entries.count(where: { $0.user == user }) >= limit { expected = .user }
        if let slot = self.slot(verdict, expected) {
            self.entries[place % self.entries.count].user = user
            self.entries[place % self.entries.count].slot = slot
        }
        self.check()
    }

    mutating func close(_ place: Int) {
        guard !self.entries.isEmpty else { return }
        self.ledger.close(self.entries.remove(at: place % self.entries.count).slot)
        self.check()
    }

    mutating func closeAll() {
        while !self.entries.isEmpty { self.close(0) }
    }

    mutating func wait(nanoseconds: Int) {
        self.now += nanoseconds
        self.check()
    }

    private func slot(_ verdict: ConnectionLedger.Verdict, _ expected: LimitReason?) -> ConnectionSlot? {
        switch verdict {
        case .admitted(let slot):
            #expect(expected == nil)
            return slot
        case .refused(let reason):
            #expect(reason == expected)
            return nil
        }
    }

    private mutating func check() {
        #expect(self.ledger.total == self.entries.count)
        #expect(self.ledger.addressCount == (self.limits.perAddress == nil ? 0 : Set(self.entries.compactMap(\.network)).count))
        #expect(self.ledger.userCount == (self.limits.perUser == nil ? 0 : Set(self.entries.compactMap(\.user)).count))
        #expect(self.ledger.wait(at: UInt64(self.now)) == UInt64(self.tokens?.wait(at: self.now) ?? 0))
    }
}
