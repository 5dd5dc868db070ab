//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto
import Foundation
import Logging
import RealtimeKit
import RealtimeKitTesting
import Synchronization
import Testing

@testable import RealtimeKitJWT

/// Key sets that are loaded.
@Suite struct KeyLoadingTests {
    private let clock = TestClock()

    private static let old = TestKeys.set(TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"old","#))
    private static let new = TestKeys.set(TestKeys.jwk(TestKeys.p384.publicKey, #""kid":"new","#))

    private func oldToken() throws -> String { try self.token("ES256", "old", by: .p256(TestKeys.p256)) }

    private func newToken() throws -> String { try self.token("ES384", "new", by: .p384(TestKeys.p384)) }

    private func strangeToken(_ number: Int = 0) throws -> String { try self.token("ES256", "strange-\(number)", by: .garbage) }

    private func token(_ algorithm: String, _ kid: String, by signer: TestSigner) throws -> String {
        let header = #"{"alg":"\#(algorithm)","kid":"\#(kid)"}"#
        return try TestToken.make(header, #"{"sub":"ada","exp":99999999,"iss":"https://evil.example/"}"#, by: signer)
    }

    private func isUnavailable(_ token: String, for verifier: JWTVerifier) async throws -> Bool {
        do {
            _ = try await verifier.refusal(of: token)
            return false
        } catch is JWTKeysUnavailable {
            return true
        }
    }

    // MARK: When sets are loaded

    @Test func theFirstTokenLoadsAndOthersUseWhatIsThere() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        #expect(issuer.count == 0)
        for _ in 0..<5 { #expect(try await verifier.refusal(of: self.oldToken()) == nil) }
        #expect(issuer.count == 1)
    }

    @Test func firstTokensThatComeTogetherShareALoad() async throws {
        let issuer = TestIssuer(Self.old)
        let gate = issuer.close()
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        let token = try self.oldToken()
        try await withThrowingTaskGroup(of: JWTRefusal?.self) { group in
            for _ in 0..<50 { group.addTask { try await verifier.refusal(of: token) } }
            gate.open()
            for try await refusal in group { #expect(refusal == nil) }
        }
        #expect(issuer.count == 1)
    }

    @Test func aFloodOfStrangeKeysCausesOneLoadForEachCoolDown() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys(coolDown: .seconds(60)))
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        for round in 1...3 {
            for number in 0..<100 {
                #expect(try await verifier.refusal(of: self.strangeToken(number)) == .unknownKey)
            }
            #expect(issuer.count == round)
            self.clock.advance(by: 59)
            #expect(try await verifier.refusal(of: self.strangeToken()) == .unknownKey)
            #expect(issuer.count == round)
            self.clock.advance(by: 1)
            #expect(try await verifier.refusal(of: self.strangeToken()) == .unknownKey)
            #expect(issuer.count == round + 1)
        }
    }

    @Test func aFloodThatComesAtOnceCausesOneLoadToo() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        self.clock.advance(by: 30)
        let gate = issuer.close()
        let tokens = try (0..<200).map { try self.strangeToken($0) }
        try await withThrowingTaskGroup(of: JWTRefusal?.self) { group in
            for token in tokens { group.addTask { try await verifier.refusal(of: token) } }
            // A key that is known waits for nobody.
            #expect(try await verifier.refusal(of: self.oldToken()) == nil)
            gate.open()
            for try await refusal in group { #expect(refusal == .unknownKey) }
        }
        #expect(issuer.count == 2)
    }

    @Test func tokensThatNoKeyOfTheSetIsMeantByLoadNothing() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier(
            issuers: [JWTIssuer("https://a.example/", keys: [issuer.keys()]), JWTIssuer("https://b.example/", keys: [.hmac(TestKeys.secret)])],
            now: { TestToken.now }
        )
        // Not the issuer's, whatever it says of itself.
        #expect(try await verifier.refusal(of: self.oldToken()) == .unknownIssuer)
        for text in ["a.b.c", try TestToken.make(#"{"alg":"none"}"#, by: .garbage)] { #expect(try await verifier.refusal(of: text) != nil) }
        let other = try TestToken.make(#"{"alg":"HS256","kid":"x"}"#, #"{"iss":"https://b.example/"}"#, by: .garbage)
        #expect(try await verifier.refusal(of: other) == .unknownKey)
        #expect(issuer.count == 0)
    }

    @Test func aKnownKeyForAnotherAlgorithmLoadsNothing() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        self.clock.advance(by: 60)
        #expect(try await verifier.refusal(of: self.token("RS256", "old", by: .garbage)) == .wrongAlgorithm)
        #expect(issuer.count == 1)
    }

    @Test func aNewKeyIsFoundAndAnOldOneForgotten() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        issuer.change(Self.new)
        #expect(try await verifier.refusal(of: self.newToken()) == .unknownKey)
        self.clock.advance(by: 30)
        #expect(try await verifier.refusal(of: self.newToken()) == nil)
        #expect(try await verifier.refusal(of: self.oldToken()) == .unknownKey)
        #expect(issuer.count == 2)
    }

    @Test func anOldSetIsLoadedAnewWhileItIsUsed() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        self.clock.advance(by: 599)
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        #expect(issuer.count == 1)
        self.clock.advance(by: 1)
        issuer.change(Self.new)
        let gate = issuer.close()
        // These do not wait for the load that the first of them has begun.
        for _ in 0..<5 { #expect(try await verifier.refusal(of: self.oldToken()) == nil) }
        gate.open()
        // This one does, if the load is not over yet.
        #expect(try await verifier.refusal(of: self.newToken()) == nil)
        #expect(try await verifier.refusal(of: self.oldToken()) == .unknownKey)
        #expect(issuer.count == 2)
    }

    @Test func keysCanBeLoadedBeforeTheyAreNeeded() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        try await verifier.loadKeys()
        #expect(issuer.count == 1)
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        #expect(issuer.count == 1)
        // When a key has been withdrawn, without waiting for anything.
        issuer.change(Self.new)
        try await verifier.loadKeys()
        #expect(try await verifier.refusal(of: self.oldToken()) == .unknownKey)
        issuer.change(nil)
        await #expect(throws: JWTKeysUnavailable.self) { try await verifier.loadKeys() }
        #expect(try await verifier.refusal(of: self.newToken()) == nil)
        #expect(issuer.count == 3)
    }

    @Test func keysOfAllIssuersAreLoaded() async throws {
        let (a, b) = (TestIssuer(Self.old), TestIssuer(Self.new))
        let issuers = [JWTIssuer("a", keys: [a.keys()]), JWTIssuer("b", keys: [b.keys()]), JWTIssuer("c", keys: [.hmac(TestKeys.secret)])]
        let verifier = try await JWTVerifier(issuers: issuers, now: { TestToken.now })
        try await verifier.loadKeys()
        #expect(a.count == 1 && b.count == 1)
        b.change(nil)
        await #expect(throws: JWTKeysUnavailable.self) { try await verifier.loadKeys() }
    }

    @Test func keysThatAreGivenDoNotWaitForThoseThatAreLoaded() async throws {
        let issuer = TestIssuer(nil)
        let verifier = try await JWTVerifier.at(self.clock, .hmac(TestKeys.secret, id: "h"), issuer.keys())
        let token = try TestToken.make(#"{"alg":"HS256","kid":"h"}"#, by: .hmac(TestKeys.secret))
        #expect(try await verifier.refusal(of: token) == nil)
        #expect(issuer.count == 0)
        #expect(try await self.isUnavailable(self.oldToken(), for: verifier))
        issuer.change(Self.old)
        self.clock.advance(by: 30)
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        #expect(try await verifier.refusal(of: token) == nil)
    }

    // MARK: Loads that fail

    @Test func withoutKeysTokensCannotBeChecked() async throws {
        let issuer = TestIssuer(nil)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        for _ in 0..<20 { #expect(try await self.isUnavailable(self.oldToken(), for: verifier)) }
        #expect(issuer.count == 1)
        await #expect(throws: JWTKeysUnavailable.self) { try await verifier.loadKeys() }
        issuer.change(Self.old)
        #expect(try await self.isUnavailable(self.oldToken(), for: verifier))
        #expect(issuer.count == 2)
        self.clock.advance(by: 30)
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        #expect(issuer.count == 3)
    }

    @Test func keysStayWhenALoadFails() async throws {
        let issuer = TestIssuer(Self.old)
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        for set in [nil, "", "{}", #"{"keys":[]}"#, String(repeating: " ", count: 2 << 20)] {
            issuer.change(set)
            self.clock.advance(by: 10_000)
            let count = issuer.count
            #expect(try await verifier.refusal(of: self.strangeToken()) == .unknownKey)
            #expect(issuer.count == count + 1)
            #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        }
    }

    @Test func keysThatCannotBeUsedAreLeftOut() async throws {
        let usable = TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"old","#)
        let weak = #"{"kid":"weak","kty":"RSA","n":"AQAB","e":"AQAB"}"#
        let issuer = TestIssuer(TestKeys.set("1", weak, usable, #"{"kty":"AKP"}"#, TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"old","#)))
        let logs = LogRecorder()
        let verifier = try await JWTVerifier(keys: [issuer.keys()], logger: logs.logger, now: { TestToken.now })
        #expect(try await verifier.refusal(of: self.oldToken()) == nil)
        #expect(try await verifier.refusal(of: self.token("RS256", "weak", by: .garbage)) == .unknownKey)
        #expect(logs.lines.count == 1 && logs.lines.allSatisfy { $0.contains("left out") && $0.contains("3") })
    }

    @Test func aSetWithoutAKeyThatCanBeUsedIsNone() async throws {
        let issuer = TestIssuer(TestKeys.set(#"{"kid":"weak","kty":"RSA","n":"AQAB","e":"AQAB"}"#))
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        #expect(try await self.isUnavailable(self.oldToken(), for: verifier))
    }

    @Test func aFailureIsLoggedWithoutItsText() async throws {
        let logs = LogRecorder()
        let source = JWTKeySource.loadedJWKS { throw RealtimeError(.tooLarge, "https://user:secret@keys.example") }
        let verifier = try await JWTVerifier(keys: [source], logger: logs.logger, now: { TestToken.now })
        #expect(try await self.isUnavailable(self.oldToken(), for: verifier))
        #expect(logs.lines.count == 1)
        #expect(logs.lines.allSatisfy { $0.hasPrefix("warning Keys for JSON Web Tokens could not be loaded") && $0.contains("RealtimeError") })
        #expect(!logs.lines.contains { $0.contains("secret") })
    }

    @Test func aLoadThatNeverEndsIsGivenUp() async throws {
        let manual = ManualClock()
        let issuer = TestIssuer(Self.old)
        let gate = issuer.close()
        let clock = self.clock
        let verifier = try await JWTVerifier(
            issuers: [JWTIssuer("https://evil.example/", keys: [issuer.keys()])],
            configuration: JWTVerifier.Configuration(),
            logger: Logger(label: "test"),
            clock: manual,
            now: { clock.now }
        )
        let token = try self.oldToken()
        let first = Task { try await self.isUnavailable(token, for: verifier) }
        while manual.sleeperCount == 0 { await Task.yield() }
        try await manual.advance(by: .seconds(29))
        #expect(manual.sleeperCount == 1)
        try await manual.advance(by: .seconds(1))
        #expect(try await first.value)
        gate.open()
        self.clock.advance(by: 30)
        #expect(try await verifier.refusal(of: token) == nil)
        #expect(issuer.count == 2)
    }

    @Test func loadsThatNeverEndAreFew() async throws {
        // They do not heed that they are cancelled.
        let stuck = Mutex<[CheckedContinuation<Void, Never>]>([])
        let loads = Mutex(0)
        let source = JWTKeySource.loadedJWKS(coolDown: .seconds(30), refreshAfter: .seconds(600)) {
            let number = loads.withLock { count in
                count += 1
                return count
            }
            if number <= 4 { await withCheckedContinuation { waiting in stuck.withLock { $0.append(waiting) } } }
            return Self.old
        }
        let manual = ManualClock()
        let clock = self.clock
        let verifier = try await JWTVerifier(
            issuers: [JWTIssuer("https://evil.example/", keys: [source])],
            configuration: JWTVerifier.Configuration(),
            logger: Logger(label: "test"),
            clock: manual,
            now: { clock.now }
        )
        let token = try self.oldToken()
        for number in 1...4 {
            let waiting = Task { try await self.isUnavailable(token, for: verifier) }
            while stuck.withLock({ $0.count }) < number || manual.sleeperCount == 0 { await Task.yield() }
            try await manual.advance(by: .seconds(30))
            #expect(try await waiting.value)
            self.clock.advance(by: 30)
        }
        // One more would come to an end.
        #expect(try await self.isUnavailable(token, for: verifier))
        #expect(loads.withLock { $0 } == 4)
        for waiting in stuck.withLock({ $0 }) { waiting.resume() }
    }

    @Test func whoeverStopsWaitingLeavesTheLoadToOthers() async throws {
        let issuer = TestIssuer(Self.old)
        let gate = issuer.close()
        let verifier = try await JWTVerifier.at(self.clock, issuer.keys())
        let token = try self.oldToken()
        let first = Task { try await verifier.refusal(of: token) }
        while issuer.count == 0 { await Task.yield() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        #expect(try await verifier.refusal(of: token) == nil)
        #expect(issuer.count == 1)
    }
}
