//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import Synchronization
import Testing

@testable import RealtimeKit

/// Where tickets wait. Whatever the store, a ticket is taken once.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TicketStoreTests {
    private let clock = WallClock()

    private func ticket(_ userID: String = "alice", seconds: Double = 30) -> TicketRecord {
        TicketRecord(
            userID: userID,
            path: "/ws",
            origin: Origin("https://example.com"),
            expiresAt: self.clock.now.addingTimeInterval(seconds),
            authority: Authentication(
                user: TestUser(id: userID),
                userID: userID,
                method: .session,
                expiresAt: self.clock.now.addingTimeInterval(600),
                sessionID: "s",
                tokenID: "t",
                scopes: ["read"]
            )
        )
    }

    private func memory(limit: Int = 100, limitPerUser: Int = 100) -> MemoryTicketStore {
        MemoryTicketStore(limit: limit, limitPerUser: limitPerUser, now: { [clock] in clock.now })
    }

    private enum Kind: CaseIterable {
        case memory
        case persist

        func store(_ clock: WallClock) -> any TicketStore {
            switch self {
            case .memory: MemoryTicketStore(limit: 10_000, limitPerUser: 10_000, now: { clock.now })
            case .persist: PersistTicketStore(MemoryPersistDriver())
            }
        }
    }

    // MARK: Every store

    @Test(arguments: Kind.allCases) private func aTicketIsTakenOnce(kind: Kind) async throws {
        let store = kind.store(self.clock)
        try await store.add(self.ticket(), digest: "a", lifetime: .seconds(30))
        try await store.add(self.ticket("bob"), digest: "b", lifetime: .seconds(30))
        #expect(try await store.take(digest: "c") == nil)
        #expect(try await store.take(digest: "a") == self.ticket())
        #expect(try await store.take(digest: "a") == nil)
        #expect(try await store.take(digest: "b") == self.ticket("bob"))
    }

    @Test(arguments: Kind.allCases) private func ofManyAtTheSameTimeOneGetsIt(kind: Kind) async throws {
        let store = kind.store(self.clock)
        for round in 0..<50 {
            try await store.add(self.ticket(), digest: "\(round)", lifetime: .seconds(30))
            let winners = try await withThrowingTaskGroup(of: TicketRecord?.self) { group in
                for _ in 0..<16 { group.addTask { try await store.take(digest: "\(round)") } }
                return try await group.reduce(0) { $1 == nil ? $0 : $0 + 1 }
            }
            #expect(winners == 1)
        }
    }

    // MARK: Memory

    @Test func threadsThatWantTheSameTicketsGetEachOnce() throws {
        let store = self.memory(limit: 20_000, limitPerUser: 20_000)
        let digests = (0..<20_000).map(String.init)
        for digest in digests { try store.add(self.ticket(), digest: digest, lifetime: .seconds(30)) }
        let winners = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            let count = digests.reduce(0) { store.take(digest: $1) == nil ? $0 : $0 + 1 }
            winners.withLock { $0 += count }
        }
        #expect(winners.withLock { $0 } == digests.count)
        #expect(store.count == 0)
    }

    @Test func whatHasExpiredIsDropped() throws {
        let store = self.memory()
        try store.add(self.ticket(seconds: 30), digest: "a", lifetime: .seconds(30))
        try store.add(self.ticket(seconds: 5), digest: "b", lifetime: .seconds(5))
        #expect(store.count == 2)
        self.clock.advance(by: 5)
        try store.add(self.ticket(), digest: "c", lifetime: .seconds(30))
        #expect(store.count == 2)
        #expect(store.take(digest: "b") == nil)
        self.clock.advance(by: 30)
        try store.add(self.ticket(), digest: "d", lifetime: .seconds(30))
        #expect(store.count == 1)
        #expect(store.take(digest: "d") != nil)
        #expect(store.count == 0)
    }

    @Test func aUsersOwnOldestTicketMakesWay() throws {
        let store = self.memory(limitPerUser: 3)
        try store.add(self.ticket("bob"), digest: "bob", lifetime: .seconds(30))
        for number in 0..<5 { try store.add(self.ticket(), digest: "\(number)", lifetime: .seconds(30)) }
        #expect(store.count == 4)
        #expect(["0", "1", "2", "3", "4"].filter { store.take(digest: $0) != nil } == ["2", "3", "4"])
        #expect(store.take(digest: "bob") != nil)
        // Those that were used do not count.
        for number in 0..<3 { try store.add(self.ticket(), digest: "x\(number)", lifetime: .seconds(30)) }
        #expect(store.count == 3)
    }

    @Test func whenAllIsFullNobodysTicketMakesWayForAnothers() throws {
        let store = self.memory(limit: 3, limitPerUser: 2)
        for (digest, user) in [("a", "alice"), ("b", "bob"), ("c", "carol")] {
            try store.add(self.ticket(user), digest: digest, lifetime: .seconds(30))
        }
        let error = #expect(throws: HTTPError.self) { try store.add(self.ticket("mallory"), digest: "m", lifetime: .seconds(30)) }
        #expect(error?.status == .serviceUnavailable)
        #expect(error?.headers[.retryAfter] == "5")
        #expect(store.count == 3)
        #expect(store.take(digest: "m") == nil)
        #expect(store.take(digest: "a") != nil)
        try store.add(self.ticket("mallory"), digest: "m", lifetime: .seconds(30))
        #expect(throws: HTTPError.self) { try store.add(self.ticket("mallory"), digest: "n", lifetime: .seconds(30)) }
        // Time makes room as well.
        self.clock.advance(by: 30)
        try store.add(self.ticket("mallory"), digest: "n", lifetime: .seconds(30))
        #expect(store.count == 1)
    }

    @Test func aClockThatIsSetBackDoesNotKeepTicketsForEver() throws {
        let store = self.memory()
        try store.add(self.ticket(seconds: 1), digest: "a", lifetime: .seconds(1))
        self.clock.advance(by: -3600)
        try store.add(self.ticket(seconds: 1), digest: "b", lifetime: .seconds(1))
        self.clock.advance(by: 2)
        try store.add(self.ticket(seconds: 1), digest: "c", lifetime: .seconds(1))
        #expect(store.take(digest: "b") == nil)
    }

    // MARK: Persist

    @Test func ofATicketThatIsSpentNothingIsKept() async throws {
        let driver = MemoryPersistDriver()
        let store = PersistTicketStore(driver, prefix: "t:")
        try await store.add(self.ticket(), digest: "a", lifetime: .seconds(30))
        #expect(try await driver.get(key: "t:a", as: TicketRecord.self) != nil)
        #expect(try await store.take(digest: "a") == self.ticket())
        #expect(try await driver.get(key: "t:a", as: TicketRecord.self) == nil)
    }

    /// A driver that holds whoever reads until all have read, and can fail.
    private final class Driver: PersistDriver {
        struct IsDown: Error {}

        let base = MemoryPersistDriver()
        let keys = Recorder<String>()
        let expirations = Recorder<Duration?>()
        let failing: String?

        init(failing: String? = nil) {
            self.failing = failing
        }

        private func fail(_ name: String) throws { if name == self.failing { throw IsDown() } }

        func create<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
            try self.fail("create")
            self.keys.add(key)
            self.expirations.add(expires)
            try await self.base.create(key: key, value: value, expires: expires)
        }

        func set<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
            Issue.record("set replaces what is there")
        }

        func get<Object: Codable & Sendable>(key: String, as type: Object.Type) async throws -> Object? {
            try self.fail("get")
            return try await self.base.get(key: key, as: type)
        }

        func remove(key: String) async throws {
            try self.fail("remove")
            try await self.base.remove(key: key)
        }
    }

    @Test func aSpentTicketStaysSpentEvenIfItCannotBeRemoved() async throws {
        let driver = Driver(failing: "remove")
        let store = PersistTicketStore(driver, prefix: "t/")
        try await store.add(self.ticket(), digest: "a", lifetime: .milliseconds(1500))
        #expect(try await store.take(digest: "a") == self.ticket())
        #expect(try await store.take(digest: "a") == nil)
        #expect(driver.keys.values == ["t/a", "t/used:a", "t/used:a"])
        // The ticket is kept for its life at least, the mark for longer than any ticket lives.
        #expect(driver.expirations.values == [.seconds(2), .seconds(600), .seconds(600)])
    }

    @Test(arguments: ["get", "create"]) func aDriverThatIsDownIsNoAnswer(failing: String) async throws {
        let driver = Driver(failing: failing)
        let store = PersistTicketStore(driver)
        try await driver.base.create(key: "ticket:a", value: self.ticket(), expires: nil)
        await #expect(throws: Driver.IsDown.self) { try await store.take(digest: "a") }
        if failing == "create" {
            await #expect(throws: Driver.IsDown.self) { try await store.add(self.ticket(), digest: "b", lifetime: .seconds(30)) }
        }
    }

    @Test func aRecordSurvivesJSON() throws {
        let ticket = self.ticket()
        #expect(try JSONDecoder().decode(TicketRecord.self, from: JSONEncoder().encode(ticket)) == ticket)
    }
}
