//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import HTTPTypes
import Hummingbird
import Synchronization
import Testing

@testable import RealtimeKit

/// What a ticket is good for.
@Suite struct TicketsTests {
    private typealias Fields = [(String, String)]

    private let clock = WallClock()
    private let store: MemoryTicketStore
    private let tickets: Tickets
    private let alice = Authentication<TestUser>.sample

    init() throws {
        let clock = self.clock
        self.store = MemoryTicketStore(limit: 1000, limitPerUser: 1000, now: { clock.now })
        self.tickets = try Tickets(store: self.store, now: { clock.now })
    }

    private func resolve(
        _ ticket: String,
        _ fields: Fields = [],
        target: String = "/ws",
        host: String = "example.com"
    ) async throws -> AuthOutcome<TestUser> {
        let resolver = try TicketResolver(self.tickets) { TestUser(id: $0.userID) }
        let request = try sampleRequest("\(target)?ticket=\(ticket)", host: host, fields)
        return try await resolver.resolve(request, context: BasicRequestContext.sample())
    }

    /// Whether a new ticket is good for a request.
    private func isGood(
        _ fields: Fields = [],
        path: String = "/ws",
        of origin: String? = nil,
        for target: String = "/ws",
        host: String = "example.com"
    ) async throws -> Bool {
        let ticket = try await self.tickets.issue(for: self.alice, path: path, origin: origin)
        let word = try await self.resolve(ticket, fields, target: target, host: host).word
        #expect(["alice", "rejected"].contains(word))
        // Whatever came of it, the ticket is spent.
        #expect(try await self.resolve(ticket, origin.map { [("Origin", $0)] } ?? [], target: path).word == "rejected")
        return word == "alice"
    }

    // MARK: Once, soon

    @Test func aTicketSaysWhoseItIsAndWhatForOnce() async throws {
        let ticket = try await self.tickets.issue(for: self.alice, path: "/ws")
        let outcome = try await self.resolve(ticket)
        guard case .user(let found) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(found.user.id == "alice")
        #expect(found.userID == "alice")
        #expect(found.method == .ticket)
        #expect(!found.isAmbient)
        #expect(found.expiresAt == self.alice.expiresAt)
        #expect(found.sessionID == "session")
        #expect(found.tokenID == "token")
        #expect(found.scopes == ["read"])
        #expect(try await self.resolve(ticket).word == "rejected")
    }

    @Test func ofManyAtTheSameTimeOneIsLetIn() async throws {
        for _ in 0..<20 {
            let ticket = try await self.tickets.issue(for: self.alice, path: "/ws")
            let words = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<16 { group.addTask { try await self.resolve(ticket).word } }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(words.sorted() == ["alice"] + Array(repeating: "rejected", count: 15))
        }
    }

    @Test func aTicketIsGoodForThirtySeconds() async throws {
        let tickets = [try await self.tickets.issue(for: self.alice, path: "/ws"), try await self.tickets.issue(for: self.alice, path: "/ws")]
        self.clock.advance(by: 29.9)
        #expect(try await self.resolve(tickets[0]).word == "alice")
        self.clock.advance(by: 0.1)
        #expect(try await self.resolve(tickets[1]).word == "rejected")
    }

    @Test func aTicketDoesNotOutliveWhatItStandsFor() async throws {
        self.clock.advance(by: 590)
        let ticket = try await self.tickets.issue(for: self.alice, path: "/ws")
        self.clock.advance(by: 10)
        #expect(try await self.resolve(ticket).word == "rejected")
        let error = await #expect(throws: HTTPError.self) { try await self.tickets.issue(for: self.alice, path: "/ws") }
        #expect(error?.status == .unauthorized)
    }

    @Test func aCredentialWithoutEndGivesAConnectionWithoutEnd() async throws {
        let ticket = try await self.tickets.issue(for: .sample("bob"), path: "/ws")
        guard case .user(let found) = try await self.resolve(ticket) else {
            Issue.record("rejected")
            return
        }
        #expect(found.expiresAt == nil)
        #expect(found.userID == "bob")
    }

    @Test(arguments: [1e300, -1e300, .infinity, -.infinity, .nan, 64_092_211_200]) func anAbsurdExpiryDoesNoHarm(seconds: Double) async throws {
        let expiresAt = Date(timeIntervalSince1970: seconds)
        let authentication = Authentication(user: TestUser(id: "bob"), userID: "bob", method: .bearer, expiresAt: expiresAt)
        if seconds > 0 {
            #expect(try await self.resolve(self.tickets.issue(for: authentication, path: "/ws")).word == "bob")
        } else {
            await #expect(throws: HTTPError.self) { try await self.tickets.issue(for: authentication, path: "/ws") }
        }
    }

    /// A store that takes its time.
    private struct SlowStore: TicketStore {
        let base: MemoryTicketStore
        let clock: WallClock

        func add(_ ticket: TicketRecord, digest: String, lifetime: Duration) async throws {
            try self.base.add(ticket, digest: digest, lifetime: lifetime)
        }
        func take(digest: String) async throws -> TicketRecord? {
            self.clock.advance(by: 30)
            return self.base.take(digest: digest)
        }
    }

    @Test func whatExpiresWhileTheStoreIsAskedIsNotGood() async throws {
        let tickets = try Tickets(store: SlowStore(base: self.store, clock: self.clock), now: { [clock] in clock.now })
        let ticket = try await tickets.issue(for: self.alice, path: "/ws")
        #expect(try await tickets.redeem(ticket, for: sampleRequest("/ws")) == nil)
    }

    // MARK: One path

    @Test(arguments: ["/", "/ws/", "//ws", "/WS", "/ws2", "/ws/x", "/sse", "/%77s", "/ws;a", "/ws%3Fa"]) func anotherPathIsRefused(
        _ target: String
    ) async throws {
        #expect(try await !self.isGood(for: target))
    }

    @Test func aPathIsComparedAsItIsWritten() async throws {
        #expect(try await self.isGood(path: "/a/b-c/%20x", for: "/a/b-c/%20x"))
        #expect(try await !self.isGood(path: "/caf\u{e9}", for: "/cafe\u{301}"))
    }

    @Test(arguments: ["", "ws", "/ws?a=b", "/ws#a", "/w s", "/ws\n", "/\u{7f}", "https://example.com/ws", "/" + String(repeating: "x", count: 2048)])
    func whatIsNoPathIsRefused(_ path: String) async throws {
        let error = await #expect(throws: RealtimeError.self) { try await self.tickets.issue(for: self.alice, path: path) }
        #expect(error?.code == .invalidConfiguration)
        #expect(self.store.count == 0)
    }

    // MARK: One page

    private static let handshake: Fields = [("Connection", "Upgrade"), ("Upgrade", "websocket")]

    @Test func aTicketForNoPageIsForAny() async throws {
        #expect(try await self.isGood())
        #expect(try await self.isGood([("Origin", "https://evil.io")]))
        #expect(try await self.isGood(Self.handshake))
    }

    @Test(arguments: ["https://app.example.com", "HTTPS://APP.example.com:443"]) func thePageThatAskedMayUseIt(_ origin: String) async throws {
        #expect(try await self.isGood([("Origin", "https://app.example.com")], of: origin))
        #expect(try await self.isGood(Self.handshake + [("Origin", "https://app.example.com")], of: origin))
    }

    @Test(arguments: [
        ["https://evil.io"], ["http://app.example.com"], ["https://app.example.com:8443"], ["https://app.example.com.evil.io"],
        ["https://example.com"],
        ["null"], [""], ["https://app.example.com/"], ["https://app.example.com", "https://app.example.com"],
        ["https://app.example.com", "https://evil.io"], [],
    ])
    func anotherPageIsRefused(_ origins: [String]) async throws {
        for fields in [[], Self.handshake] {
            #expect(try await !self.isGood(fields + origins.map { ("Origin", $0) }, of: "https://app.example.com"), "\(origins)")
        }
    }

    @Test func aBrowserNeedNotNameAPageOfTheServersOwn() async throws {
        // `EventSource` to the page's own server.
        #expect(try await self.isGood(of: "https://example.com"))
        #expect(try await self.isGood([("Sec-Fetch-Site", "same-origin")], of: "https://example.com"))
        #expect(try await self.isGood(of: "http://localhost:8080", host: "localhost:8080"))
        for site in ["cross-site", "same-site", "none", ""] {
            #expect(try await !self.isGood([("Sec-Fetch-Site", site)], of: "https://example.com"))
        }
        #expect(try await !self.isGood([("Sec-Fetch-Site", "same-origin")], of: "https://app.example.com"))
        #expect(try await !self.isGood(of: "http://localhost:8080", host: "localhost:8081"))
        // A browser names the page with every handshake.
        #expect(try await !self.isGood(Self.handshake, of: "https://example.com"))
        #expect(try await self.isGood(Self.handshake + [("Origin", "https://example.com")], of: "https://example.com"))
    }

    @Test func thePageIsThatOfTheRequestForTheTicket() async throws {
        func issue(_ origins: String...) async throws -> String {
            let request = try sampleRequest("/ticket", method: .post, origins.map { ("Origin", $0) })
            return try await self.tickets.issue(for: self.alice, path: "/ws", request: request)
        }
        #expect(try await self.resolve(issue("https://a.example"), [("Origin", "https://a.example")]).word == "alice")
        #expect(try await self.resolve(issue("https://a.example"), [("Origin", "https://b.example")]).word == "rejected")
        #expect(try await self.resolve(issue(), [("Origin", "https://b.example")]).word == "alice")
        for origin in ["null", "https://a.example/", ""] {
            let error = await #expect(throws: HTTPError.self) { try await issue(origin) }
            #expect(error?.status == .forbidden)
        }
        let error = await #expect(throws: HTTPError.self) { try await issue("https://a.example", "https://a.example") }
        #expect(error?.status == .forbidden)
        #expect(self.store.count == 0)
    }

    /// A store may have been written by others.
    @Test func aRecordWhoseOriginCannotBeReadIsGoodForNoPage() async throws {
        struct Store: TicketStore {
            let ticket: TicketRecord
            func add(_ ticket: TicketRecord, digest: String, lifetime: Duration) async throws {}
            func take(digest: String) async throws -> TicketRecord? { self.ticket }
        }
        let record = TicketRecord(
            userID: "alice",
            path: "/ws",
            origin: Origin("https://app.example.com"),
            expiresAt: self.clock.now.addingTimeInterval(30),
            authority: self.alice
        )
        let json = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        let text = String(repeating: "A", count: 43)
        for (origin, isGood) in [("https:\\/\\/app.example.com", true), ("null", false), ("", false), ("app.example.com", false)] {
            let changed = json.replacing("https:\\/\\/app.example.com", with: origin)
            let ticket = try JSONDecoder().decode(TicketRecord.self, from: Data(changed.utf8))
            let clock = self.clock
            let tickets = try Tickets(store: Store(ticket: ticket), now: { clock.now })
            let redeemed = try await tickets.redeem(text, for: try sampleRequest("/ws", [("Origin", "https://app.example.com")]))
            #expect((redeemed != nil) == isGood, "\(origin)")
            for fields in [[], [("Origin", "null")]] as [Fields] where !isGood {
                #expect(try await tickets.redeem(text, for: try sampleRequest("/ws", fields)) == nil)
            }
        }
    }

    @Test(arguments: ["null", "*", "example.com", "https://example.com/"]) func whatIsNoOriginIsRefused(_ origin: String) async throws {
        let message = "'\(origin)' is not an origin; accepted is scheme://host or scheme://host:port, without a path"
        await #expect(throws: RealtimeError(.invalidConfiguration, message)) {
            try await self.tickets.issue(for: self.alice, path: "/ws", origin: origin)
        }
    }

    // MARK: The text

    @Test func aTicketIsRandomAndNotInItsStore() async throws {
        /// Shows what a store gets.
        struct Store: TicketStore {
            let kept = Recorder<String>()
            func add(_ ticket: TicketRecord, digest: String, lifetime: Duration) async throws { self.kept.add("\(ticket) \(digest) \(lifetime)") }
            func take(digest: String) async throws -> TicketRecord? { nil }
        }
        let store = Store()
        let tickets = try Tickets(store: store, lifetime: .seconds(7))
        var texts: Set<String> = []
        for _ in 0..<200 { texts.insert(try await tickets.issue(for: .sample("alice"), path: "/ws")) }
        #expect(texts.count == 200)
        #expect(texts.allSatisfy { $0.utf8.count == 43 })
        #expect(Set(texts.joined()) == Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
        #expect(!store.kept.values.contains { kept in texts.contains { kept.contains($0) } })
        #expect(store.kept.values.allSatisfy { $0.hasSuffix(" 7.0 seconds") })
    }

    @Test func whatIsNoTicketIsRefused() async throws {
        let ticket = try await self.tickets.issue(for: self.alice, path: "/ws")
        for text in ["", "x", ticket + "x", String(ticket.dropLast()), ticket + "&ticket=" + ticket, ticket + "%00", "%20" + ticket, "%zz"] {
            #expect(try await self.resolve(text).word == "rejected", "\(text)")
        }
        #expect(try await self.resolve(String(repeating: "A", count: 43)).word == "rejected")
        #expect(try await self.resolve(ticket).word == "alice")
    }

    // MARK: The resolver

    @Test func noTicketIsNoCredential() async throws {
        let resolver = try TicketResolver(self.tickets, parameter: "t") { TestUser(id: $0.userID) }
        #expect(!resolver.isAmbient)
        for target in ["/ws", "/ws?", "/ws?ticket=x", "/ws?T=x"] {
            #expect(try await resolver.resolve(sampleRequest(target), context: BasicRequestContext.sample()).word == "none")
        }
        let ticket = try await self.tickets.issue(for: self.alice, path: "/ws")
        #expect(try await resolver.resolve(sampleRequest("/ws?a=b&t=\(ticket)"), context: BasicRequestContext.sample()).word == "alice")
    }

    @Test func aUserWhoIsGoneIsRefusedAndAStoreThatIsDownIsNoAnswer() async throws {
        struct StoreIsDown: Error {}
        let resolver = try TicketResolver(self.tickets) { ticket -> TestUser? in
            if ticket.sessionID == nil { throw StoreIsDown() }
            return nil
        }
        let gone = try await self.tickets.issue(for: self.alice, path: "/ws")
        #expect(try await resolver.resolve(sampleRequest("/ws?ticket=\(gone)"), context: BasicRequestContext.sample()).word == "rejected")
        let other = try await self.tickets.issue(for: .sample("bob"), path: "/ws")
        await #expect(throws: StoreIsDown.self) {
            try await resolver.resolve(sampleRequest("/ws?ticket=\(other)"), context: BasicRequestContext.sample())
        }
    }

    @Test func aUserWithoutAnIdGetsNone() async throws {
        let nameless = Authentication(user: TestUser(id: "x"), userID: nil, method: .bearer)
        let error = await #expect(throws: RealtimeError.self) { try await self.tickets.issue(for: nameless, path: "/ws") }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test func badSettingsAreRefused() throws {
        for lifetime in [Duration.zero, .milliseconds(999), .milliseconds(300_001), .seconds(-1)] {
            let error = #expect(throws: RealtimeError.self) { try Self.make(lifetime: lifetime) }
            #expect(error?.message.hasSuffix("; 1 s to 5 min are accepted") == true)
        }
        try Self.make(lifetime: .seconds(1))
        try Self.make(lifetime: .seconds(300))
        for parameter in ["", "a b", "a=b", "a&b", "t%69", "\u{e9}", "a+b"] {
            let error = #expect(throws: RealtimeError.self) { try self.makeResolver(parameter) }
            #expect(error?.code == .invalidConfiguration)
        }
        try self.makeResolver("a-b.c_d~9")
    }

    private static func make(lifetime: Duration) throws { _ = try Tickets(lifetime: lifetime) }
    private func makeResolver(_ parameter: String) throws { _ = try TicketResolver(self.tickets, parameter: parameter) { TestUser(id: $0.userID) } }
}
