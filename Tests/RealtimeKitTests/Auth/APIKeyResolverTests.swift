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
import RealtimeKit
import RealtimeKitTesting
import Synchronization
import Testing

/// Who is let in with an API key.
@Suite(.serialized, .timeLimit(.minutes(1))) struct APIKeyResolverTests {
    /// A store that reports what it was asked, and may be down.
    private final class Store: APIKeyStore {
        struct IsDown: Error {}

        let asked = Recorder<String>()
        private let base = MemoryAPIKeyStore()
        private let isDown: Bool

        init(_ records: [APIKeyRecord], isDown: Bool = false) {
            for record in records { self.base.add(record) }
            self.isDown = isDown
        }

        func find(id: String) async throws -> APIKeyRecord? {
            self.asked.add(id)
            if self.isDown { throw IsDown() }
            return self.base.find(id: id)
        }
    }

    private let clock = WallClock()
    private let key: APIKey
    private let record: APIKeyRecord

    init() throws {
        (self.key, self.record) = try APIKey.generate(
            userID: "alice",
            scopes: ["read", "write"],
            expiresAt: Date(timeIntervalSince1970: 4_000_000_060)
        )
    }

    private func resolver(
        _ store: Store,
        header: String = "x-api-key",
        asked: Recorder<String> = Recorder()
    ) throws -> APIKeyResolver<TestUser> {
        let user: @Sendable (APIKeyRecord) async throws -> TestUser? = { record in
            asked.add(record.id)
            return record.userID == "deleted" ? nil : TestUser(id: record.userID)
        }
        return try APIKeyResolver(store, header: header, now: { [clock] in clock.now }, user: user)
    }

    private func resolve(
        _ resolver: APIKeyResolver<TestUser>,
        _ fields: [(String, String)],
        _ target: String = "/"
    ) async throws -> AuthOutcome<TestUser> {
        try await resolver.resolve(sampleRequest(target, fields), context: BasicRequestContext.sample())
    }

    /// The same key with another secret, as long as the right one, which differs in one sign only.
    private func wrong(_ index: Int) -> String {
        var signs = Array(self.key.text)
        signs[signs.count - 1 - index] = signs[signs.count - 1 - index] == "a" ? "b" : "a"
        return String(signs)
    }

    @Test func aGoodKeySaysWhoseItIsAndWhatItIsGoodFor() async throws {
        let outcome = try await self.resolve(self.resolver(Store([self.record])), [("X-API-KEY", self.key.text)])
        guard case .user(let found) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(found.user.id == "alice")
        #expect(found.userID == "alice")
        #expect(found.method == .apiKey)
        #expect(!found.isAmbient)
        #expect(found.expiresAt == self.record.expiresAt)
        #expect(found.tokenID == self.key.id)
        #expect(found.sessionID == nil)
        #expect(found.scopes == ["read", "write"])
    }

    @Test func aKeyInAnyOtherPlaceIsNotSeen() async throws {
        let store = Store([self.record])
        let resolver = try self.resolver(store)
        let text = self.key.text
        for query in ["x-api-key", "api_key", "apikey", "key", "X-API-Key"] {
            #expect(try await self.resolve(resolver, [], "/sse?\(query)=\(text)").word == "none")
        }
        for (name, value) in [("Authorization", "Bearer \(text)"), ("Cookie", "x-api-key=\(text)"), ("X-API-Keys", text), ("Api-Key", text)] {
            #expect(try await self.resolve(resolver, [(name, value)]).word == "none")
        }
        #expect(store.asked.values.isEmpty)
        let own = try self.resolver(store, header: "X-Acme-Token")
        #expect(try await self.resolve(own, [("x-acme-token", text)]).word == "alice")
        #expect(try await self.resolve(own, [("x-api-key", text)]).word == "none")
    }

    @Test func whatIsNoKeyIsRefusedWithoutAskingTheStore() async throws {
        let store = Store([self.record])
        let resolver = try self.resolver(store)
        let text = self.key.text
        for values in [
            [""], ["x"], ["Bearer \(text)"], ["\(text),\(text)"], [text, text], [text, ""], ["acme" + text.dropFirst(3)], [text + "-"],
            ["rtk_\(self.key.id)_short"], [text + String(repeating: "x", count: 8192)],
        ] {
            #expect(try await self.resolve(resolver, values.map { ("x-api-key", $0) }).word == "rejected", "\(values)")
        }
        #expect(store.asked.values.isEmpty)
    }

    @Test func aWrongSecretIsRefusedWhereverItDiffers() async throws {
        let users = Recorder<String>()
        let resolver = try self.resolver(Store([self.record]), asked: users)
        for index in 0..<43 { #expect(try await resolver.resolve(token: self.wrong(index)).word == "rejected") }
        #expect(try await resolver.resolve(token: self.key.text + "a").word == "rejected")
        #expect(try await resolver.resolve(token: String(self.key.text.dropLast())).word == "rejected")
        #expect(users.values.isEmpty)
        #expect(try await resolver.resolve(token: self.key.text).word == "alice")
    }

    @Test func aSecretIsGoodForItsOwnIdOnly() async throws {
        let (other, otherRecord) = try APIKey.generate(userID: "bob")
        let resolver = try self.resolver(Store([self.record, otherRecord]))
        let swapped = self.key.text.replacingOccurrences(of: self.key.id, with: other.id)
        #expect(try await resolver.resolve(token: swapped).word == "rejected")
        #expect(try await resolver.resolve(token: other.text).word == "bob")
    }

    @Test func aKeyIsGoodUntilItExpires() async throws {
        let resolver = try self.resolver(Store([self.record]))
        self.clock.advance(by: 59.9)
        #expect(try await resolver.resolve(token: self.key.text).word == "alice")
        self.clock.advance(by: 0.1)
        #expect(try await resolver.resolve(token: self.key.text).word == "rejected")
        var endless = self.record
        endless.expiresAt = nil
        #expect(try await self.resolver(Store([endless])).resolve(token: self.key.text).word == "alice")
    }

    @Test(arguments: [0, 31, 33, 64]) func nothingIsGoodForADigestOfAnotherLength(count: Int) async throws {
        let record = APIKeyRecord(id: self.key.id, digest: (self.record.digest + self.record.digest).prefix(count), userID: "alice")
        #expect(try await self.resolver(Store([record])).resolve(token: self.key.text).word == "rejected")
    }

    @Test func aUserWhoIsGoneIsRefused() async throws {
        let record = APIKeyRecord(self.key, userID: "deleted")
        #expect(try await self.resolver(Store([record])).resolve(token: self.key.text).word == "rejected")
    }

    @Test func aStoreThatIsDownIsNoAnswer() async throws {
        let resolver = try self.resolver(Store([self.record], isDown: true))
        await #expect(throws: Store.IsDown.self) { try await resolver.resolve(token: self.key.text) }
    }

    @Test func recordsComeAndGo() {
        let store = MemoryAPIKeyStore([self.record, APIKeyRecord(self.key, userID: "bob")])
        #expect(store.find(id: self.key.id)?.userID == "bob")
        store.add(self.record)
        #expect(store.find(id: self.key.id) == self.record)
        #expect(store.find(id: self.key.id.lowercased() + "x") == nil)
        store.remove(id: self.key.id)
        #expect(store.find(id: self.key.id) == nil)
    }

    // MARK: Over the wire

    @Test func anUnknownIdAndAWrongSecretCannotBeToldApart() async throws {
        let users = Recorder<String>()
        let store = Store([self.record])
        let resolver = try self.resolver(store, asked: users)
        let router = Router()
            .sse("/sse", try SSEPlugin<BasicRequestContext, TestUser>(manager: SSEManager(), auth: resolver))
            .webSocket("/ws", try WebSocketPlugin<BasicRequestContext, TestUser>(manager: WSManager(), auth: resolver))
            .get("/me") { request, context in try await resolver.requireUser(request, context: context).user.id }
        let unknown = try APIKey.generate(userID: "nobody").key.text
        let log = LogRecorder()
        try await TestServer.run(router, logger: log.logger) { server in
            for target in ["/sse", "/ws", "/me"] {
                let upgrade = target == "/ws" ? Self.upgrade : []
                var answers: [TestServer.Answer] = []
                for text in [unknown, self.wrong(0), self.wrong(42)] {
                    let answer = try await server.request("GET", target, headers: ["x-api-key: \(text)"] + upgrade)
                    #expect(answer.status == 401)
                    answers.append(answer)
                }
                #expect(Set(answers.map(\.body)).count == 1)
                #expect(Set(answers.map { $0.headers.filter { $0.key != "date" } }).count == 1)
            }
            #expect(store.asked.values.count == 9)
            #expect(users.values.isEmpty)
            #expect(try await server.request("GET", "/me", headers: ["x-api-key: \(self.key.text)"]).body == "alice")
            let (stream, _) = try await SSETestClient.connected(port: server.port, headers: ["x-api-key: \(self.key.text)"])
            await stream.close()
            let socket = try await WSTestClient.open(port: server.port, headers: ["x-api-key: \(self.key.text)"])
            #expect(try await socket.response().status == 101)
            await socket.leave()
        }
        let secrets = [unknown, self.wrong(0), self.wrong(42), self.key.text].compactMap { $0.split(separator: "_").last }
        #expect(!log.records.values.contains { record in secrets.contains { record.contains($0) } })
    }

    private static let upgrade = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
}
