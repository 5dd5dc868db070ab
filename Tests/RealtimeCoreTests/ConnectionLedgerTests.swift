//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct ConnectionLedgerTests {
    private static let a = IPAddress(ipv4: 1)
    private static let b = IPAddress(ipv4: 2)

    /// A slot, when there should be one.
    private func slot(_ verdict: ConnectionLedger.Verdict) throws -> ConnectionSlot {
        guard case .admitted(let slot) = verdict else {
            Issue.record("\(verdict)")
            throw CancellationError()
        }
        return slot
    }

    // MARK: The rules one by one

    @Test func withoutLimitsEverythingIsAdmittedAndNothingIsKept() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits())
        var slots: [ConnectionSlot] = []
        for _ in 0..<1000 {
            let slot = try self.slot(ledger.open(address: Self.a, at: 0))
            slots.append(try self.slot(ledger.assign(user: "u", to: slot)))
        }
        #expect(ledger.total == 1000)
        #expect(ledger.addressCount == 0)
        #expect(ledger.userCount == 0)
        #expect(slots.allSatisfy { $0.address == nil && $0.user == nil })
        for slot in slots { ledger.close(slot) }
        #expect(ledger.total == 0)
    }

    @Test func theTotalIsLimited() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(total: 2))
        let first = try self.slot(ledger.open(address: Self.a, at: 0))
        _ = try self.slot(ledger.open(address: nil, at: 0))
        #expect(ledger.open(address: Self.b, at: 0) == .refused(.total))
        #expect(ledger.open(address: nil, at: 0) == .refused(.total))
        #expect(ledger.total == 2)
        ledger.close(first)
        _ = try self.slot(ledger.open(address: Self.b, at: 0))
        #expect(ledger.open(address: Self.b, at: 0) == .refused(.total))
    }

    @Test func eachAddressIsLimited() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(perAddress: 1))
        let slot = try self.slot(ledger.open(address: Self.a, at: 0))
        #expect(ledger.open(address: Self.a, at: 0) == .refused(.address))
        _ = try self.slot(ledger.open(address: Self.b, at: 0))
        #expect(ledger.addressCount == 2)
        ledger.close(slot)
        #expect(ledger.addressCount == 1)
        _ = try self.slot(ledger.open(address: Self.a, at: 0))
    }

    @Test func connectionsWithoutAnAddressCountForNone() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(perAddress: 1))
        for _ in 0..<10 {
            let slot = try self.slot(ledger.open(address: nil, at: 0))
            #expect(slot.address == nil)
        }
        #expect(ledger.addressCount == 0)
        #expect(ledger.total == 10)
    }

    @Test func addressesOfOneNetworkAreOne() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(perAddress: 1, ipv6PrefixLength: 48))
        _ = try self.slot(ledger.open(address: IPAddress("2001:db8:1::1"), at: 0))
        #expect(ledger.open(address: IPAddress("2001:db8:1:ffff::2"), at: 0) == .refused(.address))
        _ = try self.slot(ledger.open(address: IPAddress("2001:db8:2::1"), at: 0))
    }

    @Test func eachUserIsLimited() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(perUser: 1))
        let first = try self.slot(ledger.open(address: nil, at: 0))
        let second = try self.slot(ledger.open(address: nil, at: 0))
        let named = try self.slot(ledger.assign(user: "u", to: first))
        #expect(named.user == "u")
        #expect(ledger.assign(user: "u", to: second) == .refused(.user))
        _ = try self.slot(ledger.assign(user: "v", to: second))
        #expect(ledger.userCount == 2)
        ledger.close(named)
        #expect(ledger.userCount == 1)
    }

    @Test func aUserKeepsTheAddressOfTheSlot() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(perUser: 1, perAddress: 1))
        let slot = try self.slot(ledger.open(address: Self.a, at: 0))
        let named = try self.slot(ledger.assign(user: "u", to: slot))
        #expect(named.address == slot.address)
        #expect(named.address != nil)
        ledger.close(named)
        #expect(ledger.addressCount == 0)
    }

    @Test func theSameUserOnceMoreChangesNothing() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(perUser: 1))
        let slot = try self.slot(ledger.assign(user: "u", to: try self.slot(ledger.open(address: nil, at: 0))))
        #expect(ledger.assign(user: "u", to: slot) == .admitted(slot))
        ledger.close(slot)
        #expect(ledger.userCount == 0)
    }

    @Test func aConnectionCountsForItsLastUserOnly() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(perUser: 1))
        let first = try self.slot(ledger.assign(user: "u", to: try self.slot(ledger.open(address: nil, at: 0))))
        let second = try self.slot(ledger.assign(user: "v", to: try self.slot(ledger.open(address: nil, at: 0))))
        #expect(ledger.assign(user: "v", to: first) == .refused(.user))
        #expect(ledger.userCount == 2)
        let moved = try self.slot(ledger.assign(user: "w", to: second))
        #expect(ledger.userCount == 2)
        _ = try self.slot(ledger.assign(user: "v", to: first))
        #expect(ledger.assign(user: "w", to: first) == .refused(.user))
        ledger.close(moved)
        #expect(ledger.userCount == 1)
    }

    @Test func theRateIsLimited() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(handshakesPerSecond: 2, handshakeBurst: 1))
        #expect(ledger.wait(at: 0) == 0)
        let slot = try self.slot(ledger.open(address: nil, at: 0))
        #expect(ledger.wait(at: 0) == 500_000_000)
        ledger.close(slot)
        #expect(ledger.open(address: nil, at: 499_999_999) == .refused(.rate))
        #expect(ledger.total == 0)
        _ = try self.slot(ledger.open(address: nil, at: 500_000_000))
    }

    @Test func aConnectionThatTheRateRefusesTakesNothing() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(total: 2, perAddress: 1, handshakesPerSecond: 1))
        _ = try self.slot(ledger.open(address: Self.a, at: 0))
        #expect(ledger.open(address: Self.b, at: 0) == .refused(.rate))
        #expect(ledger.total == 1)
        #expect(ledger.addressCount == 1)
    }

    @Test func aConnectionThatIsRefusedDoesNotUseUpTheRate() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(perAddress: 1, handshakesPerSecond: 2))
        _ = try self.slot(ledger.open(address: Self.a, at: 0))
        for _ in 0..<100 { #expect(ledger.open(address: Self.a, at: 0) == .refused(.address)) }
        _ = try self.slot(ledger.open(address: Self.b, at: 0))
        #expect(ledger.open(address: nil, at: 0) == .refused(.rate))
    }

    @Test func theTotalIsSaidFirstAndTheRateLast() throws {
        var ledger = ConnectionLedger(limits: ConnectionLimits(total: 2, perAddress: 1, handshakesPerSecond: 1, handshakeBurst: 1))
        let slot = try self.slot(ledger.open(address: Self.a, at: 0))
        #expect(ledger.open(address: Self.a, at: 0) == .refused(.address))
        #expect(ledger.open(address: Self.b, at: 0) == .refused(.rate))
        _ = try self.slot(ledger.open(address: Self.b, at: 1_000_000_000))
        #expect(ledger.open(address: Self.a, at: 1_000_000_000) == .refused(.total))
        ledger.close(slot)
        #expect(ledger.open(address: Self.b, at: 1_000_000_000) == .refused(.address))
    }

    @Test func withoutARateNobodyWaits() {
        let ledger = ConnectionLedger(limits: ConnectionLimits(total: 1))
        #expect(ledger.wait(at: 0) == 0)
    }

    @Test func noCountGoesBelowZero() throws {
        let limits = ConnectionLimits(total: 1, perUser: 1, perAddress: 1)
        var ledger = ConnectionLedger(limits: limits)
        let slot = try self.slot(ledger.assign(user: "u", to: try self.slot(ledger.open(address: Self.a, at: 0))))
        for _ in 0..<3 { ledger.close(slot) }
        #expect(ledger.total == 0)
        let again = try self.slot(ledger.assign(user: "u", to: try self.slot(ledger.open(address: Self.a, at: 0))))
        #expect(ledger.total == 1)
        #expect(ledger.addressCount == 1)
        #expect(ledger.userCount == 1)
        #expect(ledger.open(address: Self.b, at: 0) == .refused(.total))
        ledger.close(again)
        #expect(ledger.addressCount == 0)
        #expect(ledger.userCount == 0)
    }

    @Test(arguments: [0, -1, .min]) func limitsThatWereNotValidatedAdmitNobody(_ limit: Int) throws {
        var none = ConnectionLedger(limits: ConnectionLimits(total: limit))
        #expect(none.open(address: nil, at: 0) == .refused(.total))
        var address = ConnectionLedger(limits: ConnectionLimits(perAddress: limit, ipv6PrefixLength: limit))
        #expect(address.open(address: Self.a, at: 0) == .refused(.address))
        var user = ConnectionLedger(limits: ConnectionLimits(perUser: limit))
        let slot = try self.slot(user.open(address: nil, at: 0))
        #expect(user.assign(user: "u", to: slot) == .refused(.user))
    }

    @Test func theReasonsAreTheWordsOfTheMetrics() {
        #expect(LimitReason.allCases.map(\.description) == ["limit_total", "limit_user", "limit_address", "limit_rate"])
    }

    // MARK: Everything at once

    private static let limits = [
        ConnectionLimits(total: 2),
        ConnectionLimits(perUser: 1),
        ConnectionLimits(perAddress: 2),
        ConnectionLimits(handshakesPerSecond: 1, handshakeBurst: 2),
        ConnectionLimits(total: 3, perUser: 2, perAddress: 1, handshakesPerSecond: 0.5),
        ConnectionLimits(),
    ]

    /// Tries every sequence of steps from here on.
    private func explore(_ model: ConnectionLedgerModel, depth: Int) {
        guard depth > 0 else { return }
        for step in ConnectionLedgerModel.Step.allCases {
            var model = model
            model.apply(step)
            self.explore(model, depth: depth - 1)
        }
    }

    @Test(arguments: Self.limits)
    func agreesWithANaiveModelWhateverHappensInFiveSteps(_ limits: ConnectionLimits) {
        self.explore(ConnectionLedgerModel(limits: limits), depth: 5)
    }

    @Test(arguments: Self.limits + [ConnectionLimits(total: 30, perUser: 7, perAddress: 8, handshakesPerSecond: 3)], 1...4 as ClosedRange<UInt64>)
    func agreesWithANaiveModelInLongRandomRuns(_ limits: ConnectionLimits, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var model = ConnectionLedgerModel(limits: limits)
        for _ in 0..<3000 {
            switch random.number(0..<10) {
            case 0..<4: model.open(address: random.number(0..<ConnectionLedgerModel.addresses.count))
            case 4..<6: model.assign(user: random.number(0..<ConnectionLedgerModel.users.count), to: random.number(0..<1000))
            case 6..<9: model.close(random.number(0..<1000))
            default: model.wait(nanoseconds: random.number(0..<3_000_000_000))
            }
        }
        model.closeAll()
    }
}
