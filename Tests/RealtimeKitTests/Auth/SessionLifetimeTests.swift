//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit
import Testing

@testable import RealtimeKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How long sessions last: 100 s unused, and 1000 s at most.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SessionLifetimeTests {
    // MARK: Unused

    @Test(arguments: [(99.9, true), (100, false), (100.1, false)]) func anUnusedSessionEnds(after seconds: Double, isGood: Bool) async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        rig.clock.move(by: seconds)
        #expect((try await rig.sessions.find(digest: session.record.digest) != nil) == isGood)
        #expect((try await rig.sessions.find(session.id) != nil) == isGood)
        #expect((try await rig.sessions.rotate(session.id) != nil) == isGood)
    }

    @Test func useKeepsASession() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        for _ in 0..<9 {
            rig.clock.move(by: 99)
            #expect(try await rig.sessions.find(session.id)?.lastUsedAt == rig.clock.now)
        }
        rig.clock.move(by: 100)
        #expect(try await rig.sessions.find(session.id) == nil)
    }

    @Test func lookingByTheDigestIsNoUse() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        rig.clock.move(by: 60)
        #expect(try await rig.sessions.find(digest: session.record.digest)?.lastUsedAt == session.record.createdAt)
        rig.clock.move(by: 60)
        #expect(try await rig.sessions.find(session.id) == nil)
    }

    @Test func rotationIsUse() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        rig.clock.move(by: 60)
        let rotated = try #require(try await rig.sessions.rotate(session.id))
        rig.clock.move(by: 99)
        #expect(try await rig.sessions.find(rotated.id) != nil)
    }

    @Test func useIsNotedWhenATenthOfTheTimeHasPassed() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        var notes = 0
        func use(after seconds: Double, isNoted: Bool) async throws {
            rig.clock.move(by: seconds)
            #expect(try await rig.sessions.find(session.id) != nil)
            if isNoted { notes += 1 }
            #expect(await rig.driver.asked.count { $0.hasPrefix("set ") } == notes, "after \(seconds) s")
        }
        for _ in 0..<5 { try await use(after: 0, isNoted: false) }
        try await use(after: 9.75, isNoted: false)
        try await use(after: 0.25, isNoted: true)
        for _ in 0..<5 { try await use(after: 0, isNoted: false) }
        try await use(after: 9.75, isNoted: false)
        try await use(after: 80, isNoted: true)
    }

    @Test func theLatestUseCounts() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        rig.clock.move(by: 50)
        let store = PersistSessionStore(rig.driver)
        // A late note of an earlier request, for a session that got its id after it.
        let rotated = try #require(try await rig.sessions.rotate(session.id))
        try await store.touch(rotated.record.digest, lastUsedAt: session.record.createdAt, timeToLive: .seconds(100))
        rig.clock.move(by: 99)
        #expect(try await rig.sessions.find(rotated.id) != nil)
    }

    // MARK: Used

    @Test(arguments: [(9.9, true), (10, false)]) func evenAUsedSessionEnds(after seconds: Double, isGood: Bool) async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        for _ in 0..<11 {
            rig.clock.move(by: 90)
            #expect(try await rig.sessions.find(session.id) != nil)
        }
        rig.clock.move(by: seconds)
        #expect((try await rig.sessions.find(session.id) != nil) == isGood)
    }

    @Test func rotationMakesASessionNoYounger() async throws {
        let rig = try SessionTestRig()
        var session = try await rig.sessions.create(for: "alice")
        for _ in 0..<11 {
            rig.clock.move(by: 90)
            session = try #require(try await rig.sessions.rotate(session.id))
        }
        #expect(session.timeToLive == .seconds(10))
        rig.clock.move(by: 10)
        #expect(try await rig.sessions.find(session.id) == nil)
    }

    @Test func aShorterLifetimeHoldsForSessionsThatAreThere() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        let sessions = try rig.sessions(.init(idleTime: .seconds(50), lifetime: .seconds(50)))
        #expect(try await sessions.find(session.id)?.expiresAt == session.record.createdAt + 50)
        rig.clock.move(by: 50)
        #expect(try await sessions.find(session.id) == nil)
    }

    @Test func aLongerLifetimeDoesNotHoldForSessionsThatAreThere() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        let sessions = try rig.sessions(.init(idleTime: .seconds(2000), lifetime: .seconds(2000)))
        rig.clock.move(by: 1000)
        #expect(try await sessions.find(session.id) == nil)
    }

    // MARK: The store

    @Test func whatIsStoredHasATimeToLive() async throws {
        let rig = try SessionTestRig(.init(idleTime: .milliseconds(1500), lifetime: .milliseconds(10_300)))
        let session = try await rig.sessions.create(for: "alice")
        #expect(await rig.driver.timesToLive("record") == [.seconds(11)])
        rig.clock.move(by: 1)
        _ = try await rig.sessions.find(session.id)
        #expect(await rig.driver.timesToLive("used") == [.seconds(2)])
        rig.clock.move(by: 1)
        _ = try await rig.sessions.rotate(session.id)
        #expect(await rig.driver.timesToLive("record") == [.seconds(9)])
        #expect(await rig.driver.keys("used").isEmpty)
        #expect(await rig.driver.entries.values.allSatisfy { $0.expires != nil })
    }

    // MARK: Settings

    @Test func theDefaultsAreADayAndThirtyDays() throws {
        let configuration = SessionManager.Configuration()
        #expect(configuration.idleTime == .seconds(86_400))
        #expect(configuration.lifetime == .seconds(2_592_000))
        #expect(configuration.cookie.name == "__Host-session")
        _ = try SessionTestRig(configuration)
    }

    @Test(
        arguments: [
            (1, 1, true), (1, 34_560_000, true), (34_560_000, 34_560_000, true),
            (0, 10, false), (-1, 10, false), (11, 10, false), (1, 34_560_001, false), (1, 0, false), (1, Int.max, false),
        ]
    )
    func timesOutsideTheirRangesAreRefused(idleTime: Int, lifetime: Int, isAccepted: Bool) {
        let configuration = SessionManager.Configuration(idleTime: .seconds(idleTime), lifetime: .seconds(lifetime))
        if isAccepted {
            #expect(throws: Never.self) { try SessionTestRig(configuration) }
        } else {
            let error = #expect(throws: RealtimeError.self) { try SessionTestRig(configuration) }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains("accepted") == true)
        }
    }
}
