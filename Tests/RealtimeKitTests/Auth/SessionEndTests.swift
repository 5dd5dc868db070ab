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
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Revoking sessions: one, or all of a user.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SessionEndTests {
    @Test func oneSessionIsRevoked() async throws {
        let rig = try SessionTestRig()
        let (first, second) = try await (rig.sessions.create(for: "alice"), rig.sessions.create(for: "alice"))
        try await rig.sessions.revoke(first.id)
        #expect(try await rig.sessions.find(first.id) == nil)
        #expect(try await rig.sessions.rotate(first.id) == nil)
        #expect(try await rig.sessions.find(second.id) != nil)
        try await rig.sessions.revoke(digest: second.record.digest)
        #expect(try await rig.sessions.find(second.id) == nil)
    }

    @Test func aRequestRevokesAllSessionsThatItBrings() async throws {
        let rig = try SessionTestRig()
        var made: [IssuedSession] = []
        for _ in 0..<5 { made.append(try await rig.sessions.create(for: "alice")) }
        let cookies = made.map { "__Host-session=\($0.id)" }.joined(separator: "; ")
        try await rig.sessions.revoke(presentedBy: .with(cookies: cookies))
        for session in made.prefix(4) { #expect(try await rig.sessions.find(session.id) == nil) }
        #expect(try await rig.sessions.find(made[4].id) != nil)
    }

    @Test func nothingIsWrittenForIDsThatClientsMakeUp() async throws {
        let rig = try SessionTestRig()
        try await rig.sessions.revoke("aaaaaaaaaaaaaaaaaaaa")
        #expect(try await rig.sessions.find("aaaaaaaaaaaaaaaaaaaa") == nil)
        #expect(try await rig.sessions.rotate("aaaaaaaaaaaaaaaaaaaa") == nil)
        #expect(await rig.driver.written.isEmpty)
    }

    @Test func idsThatClientsMakeUpAreNotDenied() async throws {
        let list = DenyList()
        let driver = SessionTestDriver()
        let store = PersistSessionStore(driver)
        let sessions = try SessionManager(store: store, denyList: list)
        let madeUp = SessionDigest(of: "aaaaaaaaaaaaaaaaaaaa")
        try await sessions.revoke(digest: madeUp)
        #expect(!list.allow(session: madeUp.description))
        try await store.remove(madeUp)
        #expect(await driver.written.isEmpty)
        let session = try await sessions.create(for: "alice")
        try await sessions.revoke(session.id)
        #expect(list.allow(session: session.record.digest.description))
    }

    @Test func aRequestThatIsUnderWayDoesNotBringASessionBack() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        rig.clock.move(by: 50)
        await rig.driver.before(.set, "used") { try await rig.sessions.revoke(session.id) }
        _ = try await rig.sessions.find(session.id)
        #expect(await rig.driver.keys("used").count == 1)
        #expect(try await rig.sessions.find(session.id) == nil)
        #expect(try await rig.sessions.find(digest: session.record.digest) == nil)
    }

    @Test(arguments: ["record", "ended"]) func aSessionThatIsRevokedWhileItIsRotatedIsNotReplaced(word: String) async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        await rig.driver.before(.create, word) { try await rig.sessions.revoke(session.id) }
        #expect(try await rig.sessions.rotate(session.id) == nil)
        #expect(await rig.driver.keys("record").isEmpty)
    }

    @Test func aConnectionIsKickedWithItsSession() async throws {
        let rig = try SessionTestRig()
        let (first, second) = try await (rig.sessions.create(for: "alice"), rig.sessions.create(for: "alice"))
        let manager = try WSManager(denyList: DenyList())
        try await rig.run(ws: manager) { server in
            func cookie(_ session: IssuedSession) -> [String] { ["Cookie: __Host-session=\(session.id)"] }
            let (client, id) = try await WSTestClient.connected(port: server.port, headers: cookie(first))
            let (other, _) = try await WSTestClient.connected(port: server.port, headers: cookie(second))
            #expect(manager.kick(id) == 1)
            #expect(try await client.untilClose().code == .forbidden)
            let again = try await WSTestClient.open(port: server.port, headers: cookie(first))
            #expect(try await again.response().status == 403)
            _ = try await other.roundTrip()
            await other.leave()
        }
    }

    // MARK: All of a user

    @Test func allSessionsOfAUserAreRevokedAndNoOthers() async throws {
        let rig = try SessionTestRig()
        let users = ["alice", "alice ", "Alice", "alice:", "alice:record", "bob", "*", "älice", "a\u{308}lice"]
        var sessions: [String: IssuedSession] = [:]
        for user in users { sessions[user] = try await rig.sessions.create(for: user) }
        let second = try await rig.sessions.create(for: "alice")
        rig.clock.move(by: 10)
        try await rig.sessions.revokeAll(of: "alice")
        #expect(try await rig.sessions.find(second.id) == nil)
        #expect(try await rig.sessions.find(digest: second.record.digest) == nil)
        #expect(try await rig.sessions.rotate(second.id) == nil)
        for (user, session) in sessions { #expect((try await rig.sessions.find(session.id) == nil) == (user == "alice"), "\(user)") }
    }

    /// The clock stands still: what came first is told by no time.
    @Test func withinOneInstantOnlySessionsFromBeforeAreRevoked() async throws {
        let rig = try SessionTestRig()
        var former: [IssuedSession] = []
        for _ in 0..<3 {
            let session = try await rig.sessions.create(for: "alice")
            #expect(try await rig.sessions.find(session.id) != nil)
            former.append(session)
            try await rig.sessions.revokeAll(of: "alice")
            for session in former { #expect(try await rig.sessions.find(session.id) == nil) }
        }
        let last = try await rig.sessions.create(for: "alice")
        #expect(try await rig.sessions.find(last.id) != nil)
    }

    @Test func aSessionDoesNotEscapeByARotation() async throws {
        for word in ["record", "ended"] {
            let rig = try SessionTestRig()
            let session = try await rig.sessions.create(for: "alice")
            await rig.driver.before(.create, word) { try await rig.sessions.revokeAll(of: "alice") }
            let rotated = try await rig.sessions.rotate(session.id)
            if let rotated { #expect(try await rig.sessions.find(rotated.id) == nil) }
            #expect(try await rig.sessions.find(session.id) == nil)
        }
    }

    @Test func aSessionThatIsMadeMeanwhileIsRevokedToo() async throws {
        let rig = try SessionTestRig()
        await rig.driver.before(.create, "record") { try await rig.sessions.revokeAll(of: "alice") }
        let session = try await rig.sessions.create(for: "alice")
        #expect(try await rig.sessions.find(session.id) == nil)
    }

    @Test func anEpochIsKeptForLongerThanTheSessionsThatItRevokes() async throws {
        let rig = try SessionTestRig()
        _ = try await rig.sessions.create(for: "alice")
        rig.clock.move(by: 1)
        try await rig.sessions.revokeAll(of: "alice")
        let times = await rig.driver.timesToLive("epoch")
        #expect(times.count == 1)
        for time in times { #expect(try #require(time) >= .seconds(1000)) }
    }

    @Test func sessionsOutliveTheEpochThatTheyWereMadeIn() async throws {
        let rig = try SessionTestRig()
        try await rig.sessions.revokeAll(of: "alice")
        let session = try await rig.sessions.create(for: "alice")
        await rig.driver.lose("epoch")
        #expect(try await rig.sessions.find(session.id) != nil)
        try await rig.sessions.revokeAll(of: "alice")
        #expect(try await rig.sessions.find(session.id) == nil)
    }
}
