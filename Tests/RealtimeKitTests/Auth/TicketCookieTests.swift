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
import NIOEmbedded
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Coming back with a ticket that is spent, by the cookie that was given for it.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TicketCookieTests {
    private typealias Fields = [(String, String)]

    private static let secret = String(repeating: "s3cret/", count: 5)
    private let clock = WallClock()
    private let tickets: Tickets
    private let alice = Authentication<TestUser>.sample

    init() throws {
        let clock = self.clock
        self.tickets = try Tickets(store: MemoryTicketStore(limit: 1000, limitPerUser: 1000, now: { clock.now }), now: { clock.now })
    }

    /// A cookie as a browser keeps it.
    private struct Kept: Equatable {
        let name: String
        let value: String
        let attributes: Set<String>

        /// What the browser sends.
        var field: (String, String) { ("Cookie", "\(self.name)=\(self.value)") }

        init(_ text: String) throws {
            let parts = text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            let pair = try #require(parts.first).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            self.name = String(pair[0])
            self.value = String(pair[1])
            self.attributes = Set(parts.dropFirst())
        }
    }

    private func resolve(
        _ ticket: String,
        _ fields: Fields = [],
        path: String = "/sse",
        cookie: TicketCookie? = nil,
        log: LogRecorder = LogRecorder()
    ) async throws -> (user: Authentication<TestUser>?, cookies: [Kept]) {
        let cookie = try cookie ?? TicketCookie(secret: Self.secret)
        let resolver = try TicketResolver(self.tickets, cookie: cookie) { $0.sessionID == "ended" ? nil : TestUser(id: $0.userID) }
        let request = try sampleRequest("\(path)?ticket=\(ticket)", fields)
        guard case .user(let found) = try await resolver.resolve(request, context: BasicRequestContext.sample(log.logger)) else { return (nil, []) }
        return (found, try (found.responseHeaders ?? [:])[values: .setCookie].map { try Kept($0) })
    }

    /// Uses a new ticket.
    private func use(origin: String? = nil, _ fields: Fields = []) async throws -> (ticket: String, cookie: Kept) {
        let ticket = try await self.tickets.issue(for: self.alice, path: "/sse", origin: origin)
        let cookies = try await self.resolve(ticket, (origin.map { [("Origin", $0)] } ?? []) + fields).cookies
        return (ticket, try #require(cookies.last))
    }

    // MARK: Coming back

    @Test func theBrowserThatHasUsedATicketComesBackWithIt() async throws {
        let (ticket, cookie) = try await self.use()
        #expect(cookie.attributes == ["Max-Age=600", "Path=/sse", "Secure", "HttpOnly", "SameSite=Strict"])
        #expect(cookie.name.hasPrefix("__Secure-ticket-"))
        #expect(!(cookie.name + cookie.value).contains(ticket))
        for _ in 0..<3 {
            self.clock.advance(by: 190)
            let (found, cookies) = try await self.resolve(ticket, [cookie.field])
            #expect(found?.user.id == "alice")
            #expect(found?.method == .ticket)
            #expect(found?.isAmbient == false)
            #expect(found?.expiresAt == self.alice.expiresAt)
            #expect(found?.sessionID == "session")
            #expect(found?.tokenID == "token")
            #expect(found?.scopes == ["read"])
            #expect(cookies.isEmpty)
        }
        self.clock.advance(by: 30)
        #expect(try await self.resolve(ticket, [cookie.field]).user == nil)
    }

    @Test func withoutItsCookieASpentTicketIsGoodForNothing() async throws {
        let (ticket, cookie) = try await self.use()
        let (other, others) = try await self.use()
        #expect(try await self.resolve(ticket).user == nil)
        #expect(try await self.resolve(ticket, [others.field]).user == nil)
        #expect(try await self.resolve(other, [cookie.field]).user == nil)
        #expect(try await self.resolve(String(repeating: "A", count: 43), [cookie.field]).user == nil)
        // Not even under the other's name.
        #expect(try await self.resolve(ticket, [("Cookie", "\(cookie.name)=\(others.value)")]).user == nil)
        #expect(try await self.resolve(ticket, [cookie.field, cookie.field]).user == nil)
        #expect(try await self.resolve(ticket, [others.field, cookie.field]).user?.user.id == "alice")
    }

    @Test func theCookieAloneIsNoCredential() async throws {
        let (_, cookie) = try await self.use()
        let resolver = try TicketResolver(self.tickets, cookie: TicketCookie(secret: Self.secret)) { TestUser(id: $0.userID) }
        guard case .none = try await resolver.resolve(sampleRequest("/sse", [cookie.field]), context: BasicRequestContext.sample()) else {
            Issue.record("somebody was found")
            return
        }
    }

    @Test func anotherPathOrPageIsRefused() async throws {
        let (ticket, cookie) = try await self.use(origin: "https://app.example.com")
        let own = ("Origin", "https://app.example.com")
        #expect(try await self.resolve(ticket, [cookie.field, own]).user?.user.id == "alice")
        #expect(try await self.resolve(ticket, [cookie.field, own], path: "/ws").user == nil)
        #expect(try await self.resolve(ticket, [cookie.field, ("Origin", "https://evil.io")]).user == nil)
        #expect(try await self.resolve(ticket, [cookie.field, ("Sec-Fetch-Site", "cross-site")]).user == nil)
    }

    @Test func anotherSecretOrAChangedCookieIsRefused() async throws {
        let (ticket, cookie) = try await self.use()
        let other = try TicketCookie(secret: Self.secret + "x")
        #expect(try await self.resolve(ticket, [cookie.field], cookie: other).user == nil)
        #expect(try await self.resolve(ticket, [cookie.field], cookie: TicketCookie(secret: Self.secret)).user?.user.id == "alice")
        let bytes = try #require(Data(base64Encoded: cookie.value))
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(try await self.resolve(ticket, [("Cookie", "\(cookie.name)=\(changed.base64EncodedString())")]).user == nil, "\(index)")
        }
        for text in ["", "x", "AAAA", String(cookie.value.dropLast(4)), "\"\"", "%%%%"] {
            #expect(try await self.resolve(ticket, [("Cookie", "\(cookie.name)=\(text)")]).user == nil, "\(text)")
        }
    }

    @Test func aUserWhoIsGoneIsRefused() async throws {
        let ended = Authentication(user: TestUser(id: "alice"), userID: "alice", method: .session, sessionID: "ended")
        let ticket = try await self.tickets.issue(for: ended, path: "/sse")
        let (found, cookies) = try await self.resolve(ticket)
        #expect(found == nil)
        #expect(cookies.isEmpty)
    }

    // MARK: How long

    @Test(arguments: [nil, 1e300, 4_100_000_000] as [Double?]) func whatLastsTooLongEndsAfterADay(end: Double?) async throws {
        let forever = Authentication(
            user: TestUser(id: "alice"),
            userID: "alice",
            method: .apiKey,
            expiresAt: end.map { Date(timeIntervalSince1970: $0) }
        )
        let ticket = try await self.tickets.issue(for: forever, path: "/sse")
        let (found, cookies) = try await self.resolve(ticket)
        let dayLater = self.clock.now + 86_400
        #expect(found?.expiresAt == dayLater)
        let cookie = try #require(cookies.last)
        #expect(cookie.attributes.contains("Max-Age=86400"))
        self.clock.advance(by: 86_399)
        #expect(try await self.resolve(ticket, [cookie.field]).user?.expiresAt == dayLater)
        self.clock.advance(by: 1)
        #expect(try await self.resolve(ticket, [cookie.field]).user == nil)
    }

    @Test func badSettingsAreRefused() throws {
        #expect(throws: RealtimeError.self) { try TicketCookie(secret: String(repeating: "x", count: 31)) }
        _ = try TicketCookie(secret: String(repeating: "x", count: 32))
        for seconds in [59, 400 * 86_400 + 1] {
            #expect(throws: RealtimeError.self) { try TicketCookie(secret: Self.secret, maxLifetime: .seconds(seconds)) }
        }
        for seconds in [60, 400 * 86_400] { _ = try TicketCookie(secret: Self.secret, maxLifetime: .seconds(seconds)) }
    }

    // MARK: Browsers

    @Test func withoutTLSTheNameHasNoPrefix() async throws {
        let plain = try TicketCookie(secret: Self.secret, isSecure: false)
        let ticket = try await self.tickets.issue(for: self.alice, path: "/sse")
        let cookie = try #require(try await self.resolve(ticket, cookie: plain).cookies.last)
        #expect(cookie.name.hasPrefix("ticket-"))
        #expect(cookie.attributes == ["Max-Age=600", "Path=/sse", "HttpOnly", "SameSite=Strict"])
        #expect(try await self.resolve(ticket, [cookie.field], cookie: plain).user != nil)
    }

    @Test func aBrowserKeepsEightForAPath() async throws {
        var kept: [(ticket: String, cookie: Kept)] = []
        for _ in 0..<8 { kept.append(try await self.use(kept.map(\.cookie.field))) }
        let ticket = try await self.tickets.issue(for: self.alice, path: "/sse")
        let fields = [("Cookie", "session=x")] + kept.map(\.cookie.field)
        let cookies = try await self.resolve(ticket, fields).cookies
        #expect(cookies.count == 2)
        // The oldest, which a browser sends first, makes room.
        #expect(cookies.first?.name == kept[0].cookie.name)
        #expect(cookies.first?.attributes.contains("Max-Age=0") == true)
        #expect(cookies.first?.attributes.contains("Path=/sse") == true)
    }

    @Test(arguments: ["/sse;Domain=example.com", "/\u{e9}", "/" + String(repeating: "x", count: 256)])
    func whatCannotBeKeptIsSaidAndTheTicketIsGoodOnce(path: String) async throws {
        let log = LogRecorder()
        let ticket = try await self.tickets.issue(for: self.alice, path: path)
        let (found, cookies) = try await self.resolve(ticket, path: path, log: log)
        // A path that is sent otherwise than it was asked for is another.
        #expect(found?.user.id == "alice" || path == "/\u{e9}")
        #expect(cookies.isEmpty)
        if found != nil { #expect(log.records.values.contains { $0.contains("cannot be kept by browsers") }) }
    }

    @Test func scopesThatAreTooLongAreSaid() async throws {
        let log = LogRecorder()
        let wide = Authentication(
            user: TestUser(id: "alice"),
            userID: "alice",
            method: .session,
            scopes: Set((0..<300).map { "scope number \($0)" })
        )
        let ticket = try await self.tickets.issue(for: wide, path: "/sse")
        let (found, cookies) = try await self.resolve(ticket, log: log)
        #expect(found?.scopes.count == 300)
        #expect(cookies.isEmpty)
        #expect(log.records.values.contains { $0.contains("cannot be kept by browsers") })
    }

    // MARK: At live endpoints

    @Test func endpointsSendIt() async throws {
        let tickets = try Tickets()
        let auth = try TicketResolver(tickets, cookie: TicketCookie(secret: Self.secret, isSecure: false)) { TestUser(id: $0.userID) }
        let forever = Authentication(user: TestUser(id: "alice"), userID: "alice", method: .apiKey)
        let (streams, ends) = (try SSEManager(), Recorder<HTTPFields?>())
        let router = Router()
        let hooks = SSEHooks<TestUser>(onDisconnect: { ends.add($0.authentication?.responseHeaders) })
        router.sse("/sse", try SSEPlugin(manager: streams, auth: auth, hooks: hooks))
        router.webSocket("/ws", try WebSocketPlugin(manager: WSManager(), auth: auth))
        try await TestServer.run(router) { server in
            let ticket = try await tickets.issue(for: forever, path: "/sse")
            let stream = try await SSETestClient.open(port: server.port, "/sse?ticket=\(ticket)")
            let cookie = try #require(try await stream.response().headers["set-cookie"]?.split(separator: ";").first)
            #expect(try await stream.next().event == "connected")
            await stream.close()
            let again = try await SSETestClient.open(port: server.port, "/sse?ticket=\(ticket)", headers: ["Cookie: \(cookie)"])
            #expect(try await again.next().event == "connected")
            #expect(try await again.response().headers["set-cookie"] == nil)
            await again.close()

            let other = try await tickets.issue(for: forever, path: "/ws")
            let socket = try await WSTestClient.open(port: server.port, "/ws?ticket=\(other)")
            let head = try await socket.response()
            #expect(head.status == 101)
            #expect(head.headers["set-cookie"]?.hasPrefix("ticket-") == true)
            await socket.leave()
            try await eventually("both streams are gone") { ends.values.count == 2 }
        }
        // Nobody keeps what was for the answer.
        #expect(ends.values.allSatisfy { $0 == nil })
    }

    @Test func theMiddlewareAddsItToTheAnswer() async throws {
        let auth = try TicketResolver(self.tickets, cookie: TicketCookie(secret: Self.secret)) { TestUser(id: $0.userID) }
        let ticket = try await self.tickets.issue(for: self.alice, path: "/me")
        let context = MiddlewareContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: .silent))
        let response = try await AuthenticationMiddleware<MiddlewareContext>(auth).handle(sampleRequest("/me?ticket=\(ticket)"), context: context) {
            Response(status: $1.authentication == nil ? .forbidden : .ok, headers: [.setCookie: "own=1"])
        }
        #expect(response.status == .ok)
        let cookies = try response.headers[values: .setCookie].map { try Kept($0) }
        #expect(cookies.map { $0.name.prefix(15) } == ["own", "__Secure-ticket"])
    }

    private struct MiddlewareContext: AuthenticationContext {
        var coreContext: CoreRequestContextStorage
        var authentication: Authentication<TestUser>?

        init(source: ApplicationRequestContextSource) { self.coreContext = CoreRequestContextStorage(source: source) }
    }
}
