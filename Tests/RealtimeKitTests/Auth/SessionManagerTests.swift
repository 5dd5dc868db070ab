//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import RealtimeKit
import Testing

@testable import RealtimeKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Making, finding and rotating sessions. How long they last and how they end is in suites of their own.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SessionManagerTests {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    // MARK: Ids

    @Test func anIDIs256RandomBitsInBase64URL() async throws {
        let rig = try SessionTestRig()
        var ids: Set<String> = []
        var counts = Array(repeating: 0, count: 43 * 6)
        for _ in 0..<400 {
            let id = try await rig.sessions.create(for: "alice").id
            #expect(id.count == 43)
            ids.insert(id)
            for (place, character) in id.enumerated() {
                let value = try #require(Self.alphabet.firstIndex(of: character), "\(id)")
                for bit in 0..<6 where value >> (5 - bit) & 1 == 1 { counts[place * 6 + bit] += 1 }
            }
        }
        #expect(ids.count == 400)
        // 43 characters hold two bits more, which are zero. A fair coin leaves this range once in 10^15 trials.
        #expect(counts[256...] == [0, 0])
        #expect(counts[..<256].allSatisfy { (120...280).contains($0) }, "\(counts)")
    }

    @Test func anIDsDigestIsItsSHA256() {
        #expect("\(SessionDigest(of: "aaaaaaaaaaaaaaaaaaaa"))" == "42492da06234ad0ac76f5d5debdb6d1ae027cffbe746a1c13b89bb8bc0139137")
    }

    @Test func aDigestIs64LowercaseHexadecimalDigits() throws {
        let text = String(repeating: "09af", count: 16)
        let digest = try #require(SessionDigest(text))
        #expect(digest.description == text)
        #expect(try JSONDecoder().decode([SessionDigest].self, from: JSONEncoder().encode([digest])) == [digest])
        for bad in ["", String(text.dropLast()), text + "0", text.uppercased(), "g" + text.dropFirst(), ":" + text.dropFirst()] {
            #expect(SessionDigest(bad) == nil)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode([SessionDigest].self, from: JSONEncoder().encode([bad])) }
        }
    }

    @Test func theStoreNeverSeesAnID() async throws {
        let rig = try SessionTestRig()
        let first = try await rig.sessions.create(for: "alice:record:@example.com", data: ["theme": "dark"])
        rig.clock.move(by: 50)
        #expect(try await rig.sessions.find(first.id) != nil)
        let second = try #require(try await rig.sessions.rotate(first.id))
        let third = try await rig.sessions.create(for: "bob", replacing: .with(cookies: "__Host-session=\(second.id)"))
        try await rig.sessions.revokeAll(of: "alice:record:@example.com")
        try await rig.sessions.revoke(third.id)
        let (written, asked) = await (rig.driver.written, rig.driver.asked)
        #expect(written.contains { $0.contains("dark") })
        for id in [first.id, second.id, third.id] {
            #expect(!written.contains { $0.contains(id) })
            #expect(!asked.contains { $0.contains(id) })
        }
        // Users' ids are part of records, never of keys.
        #expect(!asked.contains { $0.contains("alice") })
    }

    @Test func anIssuedSessionDoesNotPrintItsID() async throws {
        let session = try await SessionTestRig().sessions.create(for: "alice")
        for text in ["\(session)", String(reflecting: session), "\([session])", "\(Optional(session) as Any)"] {
            #expect(!text.contains(session.id))
            #expect(text.contains("\(session.record.digest)"))
        }
    }

    @Test(
        arguments: [
            "", String(repeating: "a", count: 19), String(repeating: "a", count: 129), String(repeating: "a", count: 9000),
            "aaaaaaaaaaaaaaaaaaaa ", "aaaaaaaaaaaaaaaaaaaa+", "aaaaaaaaaaaaaaaaaaaa/", "aaaaaaaaaaaaaaaaaaaa=", "aaaaaaaaaaaaaaaaaaaa:",
            "aaaaaaaaaaaaaaaaaaaa.", "aaaaaaaaaaaaaaaaaaaa\n", "aaaaaaaaaaaaaaaaaaaa\u{0}", "aaaaaaaaaaaaaaaaaaaa%", "ääääääääääääääääääää",
            "aaaaaaaaaaaaaaaaaaaa*", "@aaaaaaaaaaaaaaaaaaaa", "[aaaaaaaaaaaaaaaaaaaa", "`aaaaaaaaaaaaaaaaaaaa", "{aaaaaaaaaaaaaaaaaaaa",
        ]
    )
    func whatCannotBeAnIDIsNotLookedUp(id: String) async throws {
        let rig = try SessionTestRig()
        #expect(try await rig.sessions.find(id) == nil)
        #expect(try await rig.sessions.rotate(id) == nil)
        try await rig.sessions.revoke(id)
        await #expect(throws: RealtimeError.self) { try await rig.sessions.create(id: id, for: "alice") }
        #expect(await rig.driver.asked.isEmpty)
    }

    // MARK: Making

    @Test func aSessionIsFoundByItsID() async throws {
        let rig = try SessionTestRig()
        let made = try await rig.sessions.create(for: "alice", data: ["theme": "dark"])
        #expect(made.timeToLive == .seconds(1000))
        let found = try #require(try await rig.sessions.find(made.id))
        #expect(found == made.record)
        #expect(found.digest == SessionDigest(of: made.id))
        #expect(found.userID == "alice")
        #expect(found.data == ["theme": "dark"])
        #expect(found.createdAt == rig.clock.now)
        #expect(found.lastUsedAt == rig.clock.now)
        #expect(found.expiresAt == rig.clock.now + 1000)
        #expect(try await rig.sessions.find(digest: found.digest) == found)
        #expect(try await rig.sessions.find(String(made.id.reversed())) == nil)
    }

    @Test func anApplicationMayChooseTheID() async throws {
        let rig = try SessionTestRig()
        for id in ["abcdefghij-KLMNOPQ_9", String(repeating: "x", count: 128)] {
            #expect(try await rig.sessions.create(id: id, for: "alice").id == id)
            #expect(try await rig.sessions.find(id)?.userID == "alice")
        }
        let error = await #expect(throws: RealtimeError.self) { try await rig.sessions.create(id: "abcdefghij-KLMNOPQ_9", for: "mallory") }
        #expect(error?.code == .alreadyExists)
        #expect(try await rig.sessions.find("abcdefghij-KLMNOPQ_9")?.userID == "alice")
    }

    @Test func anIDOfAClientNeverBecomesASession() async throws {
        let rig = try SessionTestRig()
        let planted = "planted-planted-planted-planted"
        let session = try await rig.sessions.create(for: "alice", replacing: .with(cookies: "__Host-session=\(planted)"))
        #expect(session.id != planted)
        #expect(try await rig.sessions.find(planted) == nil)
        #expect(try await rig.sessions.find(session.id) != nil)
        #expect(try await rig.sessions.rotate(planted) == nil)
        #expect(try await rig.sessions.find(planted) == nil)
    }

    @Test func whoeverSignsInLosesTheSessionThatTheirBrowserHad() async throws {
        let rig = try SessionTestRig()
        let old = try await rig.sessions.create(for: "mallory")
        let other = try await rig.sessions.create(for: "mallory")
        let cookies = "theme=dark; __Host-session=\(old.id); session=\(other.id)"
        _ = try await rig.sessions.create(for: "alice", replacing: .with(cookies: cookies))
        #expect(try await rig.sessions.find(old.id) == nil)
        #expect(try await rig.sessions.find(other.id) != nil)
    }

    @Test func userIDsAndDataHaveLimits() async throws {
        let rig = try SessionTestRig()
        func code(_ make: () async throws -> Any) async -> RealtimeError.Code? {
            await #expect(throws: RealtimeError.self) { _ = try await make() }?.code
        }
        #expect(await code { try await rig.sessions.create(for: "") } == .invalidName)
        #expect(await code { try await rig.sessions.create(for: String(repeating: "ä", count: 513)) } == .invalidName)
        let tooMuch = ["ä": String(repeating: "a", count: 4095)]
        #expect(await code { try await rig.sessions.create(for: "alice", data: tooMuch) } == .tooLarge)
        #expect(await code { try await rig.sessions.rotate("aaaaaaaaaaaaaaaaaaaa", data: tooMuch) as Any } == .tooLarge)
        #expect(await rig.driver.asked.isEmpty)
        let most = ["ä": String(repeating: "a", count: 4094)]
        let session = try await rig.sessions.create(for: String(repeating: "ä", count: 512), data: most)
        #expect(try await rig.sessions.find(session.id)?.data == most)
    }

    // MARK: Rotation

    @Test func rotationEndsTheOldIDAtOnceAndKeepsTheSession() async throws {
        let rig = try SessionTestRig()
        let old = try await rig.sessions.create(for: "alice", data: ["role": "user"])
        rig.clock.move(by: 60)
        let new = try #require(try await rig.sessions.rotate(old.id))
        #expect(new.id != old.id)
        #expect(try await rig.sessions.find(old.id) == nil)
        #expect(try await rig.sessions.rotate(old.id) == nil)
        let found = try #require(try await rig.sessions.find(new.id))
        #expect(found.data == ["role": "user"])
        #expect(found.userID == "alice")
        #expect(found.createdAt == old.record.createdAt)
        #expect(found.expiresAt == old.record.expiresAt)
        #expect(found.lastUsedAt == rig.clock.now)
        #expect(new.timeToLive == .seconds(940))
        let admin = try #require(try await rig.sessions.rotate(new.id, data: ["role": "admin"]))
        #expect(try await rig.sessions.find(admin.id)?.data == ["role": "admin"])
    }

    @Test(arguments: [("create", "record"), ("create", "ended"), ("remove", "record")])
    func ofTwoRotationsAtATimeOneSucceeds(operation: String, word: String) async throws {
        let rig = try SessionTestRig()
        let old = try await rig.sessions.create(for: "alice")
        let other = Recorder<IssuedSession?>()
        await rig.driver.before(operation == "create" ? .create : .remove, word) { other.add(try await rig.sessions.rotate(old.id)) }
        let results = [try await rig.sessions.rotate(old.id)] + other.values
        #expect(results.count == 2)
        let winners = results.compactMap { $0 }
        #expect(winners.count == 1)
        for winner in winners { #expect(try await rig.sessions.find(winner.id) != nil) }
        #expect(try await rig.sessions.find(old.id) == nil)
        // Nothing is left of the one that failed.
        #expect(await rig.driver.keys("record").count == 1)
    }

    @Test func aRotationThatFailsHalfwayEndsTheSessionWhenItIsTriedAgain() async throws {
        let rig = try SessionTestRig()
        let old = try await rig.sessions.create(for: "alice")
        await rig.driver.fail(.remove)
        await #expect(throws: SessionTestDriver.Down.self) { try await rig.sessions.rotate(old.id) }
        await rig.driver.fail()
        // The store cannot tell whether the first attempt has given out an id. The second ends the session in any case.
        #expect(try await rig.sessions.rotate(old.id) == nil)
        #expect(try await rig.sessions.find(old.id) == nil)
    }

    // MARK: Failures

    @Test(arguments: SessionTestDriver.Operation.allCases) func whatTheStoreThrowsIsNotSwallowed(operation: SessionTestDriver.Operation) async throws
    {
        typealias Call = (needs: Set<SessionTestDriver.Operation>, make: (SessionManager, String) async throws -> Void)
        let calls: [Call] = [
            ([.get, .create], { sessions, _ in _ = try await sessions.create(for: "bob") }),
            ([.get, .set], { sessions, id in _ = try await sessions.find(id) }),
            ([.get], { sessions, id in _ = try await sessions.find(digest: SessionDigest(of: id)) }),
            ([.get, .create, .remove], { sessions, id in _ = try await sessions.rotate(id) }),
            ([.get, .create, .remove], { sessions, id in try await sessions.revoke(id) }),
            ([.set], { sessions, _ in try await sessions.revokeAll(of: "alice") }),
        ]
        for call in calls {
            let rig = try SessionTestRig()
            let session = try await rig.sessions.create(for: "alice")
            rig.clock.move(by: 50)
            await rig.driver.fail(operation)
            var isThrown = false
            do { try await call.make(rig.sessions, session.id) } catch is SessionTestDriver.Down { isThrown = true }
            #expect(isThrown == call.needs.contains(operation))
        }
    }

    // MARK: Cookies

    @Test func theIDOfARequestIsThatOfItsOnlyCookie() throws {
        let sessions = try SessionTestRig().sessions
        let id = "abcdefghij-KLMNOPQ_9"
        #expect(sessions.id(of: .with(cookies: "a=b; __Host-session=\(id)")) == id)
        for request in [
            Request.with(), .with(cookies: "session=\(id)"), .with(cookies: "__host-session=\(id)"), .with(cookies: "__Host-session=short"),
            .with(cookies: "__Host-session=\(id); __Host-session=\(id)"), .with(cookies: "__Host-session=\(id)", "__Host-session=\(id)"),
        ] {
            #expect(sessions.id(of: request) == nil)
        }
    }
}
