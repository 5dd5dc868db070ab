//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import JWTKit
import RealtimeKit
import Testing

@testable import RealtimeKitJWT

/// What has to hold of a token's claims.
@Suite struct JWTClaimsTests {
    private typealias Change = (inout JWTVerifier.Configuration) -> Void

    /// Why a token with these claims is not accepted, though its signature is right.
    private func refusal(
        _ payload: String,
        audience: String? = nil,
        _ change: Change = { _ in }
    ) async throws -> JWTRefusal? {
        try await JWTVerifier.hmac(audience: audience, change).refusal(of: TestToken.make(payload: payload))
    }

    // MARK: Times, at 1000000 with 30 s of leeway

    @Test(
        arguments: [
            ("1000060", nil), ("1000000", nil), ("999971", nil), ("999970.5", nil), ("999970.001", nil), ("9.999710e5", nil),
            ("999970", .expired), ("999969", .expired), ("999969.999", .expired), ("0", .expired), ("1", .expired), ("253402300799", nil),
        ] as [(String, JWTRefusal?)]
    )
    func aTokenIsGoodUntilItsExpiryAndTheLeeway(exp: String, expected: JWTRefusal?) async throws {
        #expect(try await self.refusal(#"{"sub":"ada","exp":\#(exp)}"#) == expected)
    }

    @Test(arguments: ["nbf", "iat"])
    func aTokenIsNotGoodBeforeItsTimeLessTheLeeway(_ name: String) async throws {
        for (time, expected) in [
            ("0", nil), ("1000000", nil), ("1000029", nil), ("1000030", nil), ("1000030.001", .notYetValid), ("1000031", .notYetValid),
            ("1.000031e6", .notYetValid), ("253402300799", .notYetValid),
        ] as [(String, JWTRefusal?)] {
            #expect(try await self.refusal(#"{"sub":"ada","exp":1000060,"\#(name)":\#(time)}"#) == expected, "\(name) \(time)")
        }
    }

    @Test(
        arguments: ["exp", "nbf", "iat"],
        [
            #""1000060""#, "1e300", "1e999", "-1e999", "-1", "-0.5", "253402300800", "1e18", "9223372036854775808", "null", "true", "[1000060]",
            #"{"a":1}"#, #""""#, #""NaN""#, #""Infinity""#,
        ]
    )
    func timesAreNumbersOfSecondsThatMakeSense(name: String, value: String) async throws {
        let rest = name == "exp" ? "" : #""exp":1000060,"#
        let payload = #"{"sub":"ada",\#(rest)"\#(name)":\#(value)}"#
        #expect(try await self.refusal(payload) == .invalidClaim)
        #expect(try await self.refusal(payload) { $0.requiresExpiry = false } == .invalidClaim)
    }

    @Test(arguments: ["NaN", "Infinity", "-Infinity", "+1", "01", "1.", ".5", "0x10", "1_000"])
    func whatJSONDoesNotCallANumberIsNone(_ value: String) async throws {
        #expect(try await self.refusal(#"{"sub":"ada","exp":\#(value)}"#) == .malformed)
    }

    @Test func aTokenHasToExpireUnlessTheApplicationSaysOtherwise() async throws {
        #expect(try await self.refusal(#"{"sub":"ada"}"#) == .invalidClaim)
        #expect(try await self.refusal(#"{"sub":"ada"}"#) { $0.requiresExpiry = false } == nil)
        #expect(try await self.refusal(#"{"sub":"ada","exp":999970}"#) { $0.requiresExpiry = false } == .expired)
    }

    @Test func theLeewayIsASetting() async throws {
        for (leeway, late, inTime) in [(0, 1_000_000, 1_000_001), (300, 999_700, 999_701)] {
            let change: Change = { $0.leeway = .seconds(leeway) }
            #expect(try await self.refusal(#"{"sub":"ada","exp":\#(late)}"#, change) == .expired)
            #expect(try await self.refusal(#"{"sub":"ada","exp":\#(inTime)}"#, change) == nil)
            #expect(try await self.refusal(#"{"sub":"ada","exp":9999999,"nbf":\#(1_000_000 + leeway)}"#, change) == nil)
            #expect(try await self.refusal(#"{"sub":"ada","exp":9999999,"nbf":\#(1_000_001 + leeway)}"#, change) == .notYetValid)
        }
        #expect(try await self.refusal(#"{"sub":"ada","exp":1000000}"#) { $0.leeway = .milliseconds(500) } == nil)
    }

    @Test(arguments: [Duration.seconds(-1), .milliseconds(-1), .milliseconds(300_001), .seconds(3600)])
    func leewaysThatMakeNoSenseAreRefused(_ leeway: Duration) async throws {
        let message = try await complaint { try await JWTVerifier.hmac { $0.leeway = leeway } }
        #expect(message.contains("leeway") && message.contains("5 minutes"))
        let issuers = [JWTIssuer("a", keys: [.hmac(TestKeys.secret)])]
        var configuration = JWTVerifier.Configuration()
        configuration.leeway = leeway
        let settings = configuration
        let other = try await complaint { try await JWTVerifier(issuers: issuers, configuration: settings) }
        #expect(other == message)
    }

    @Test func timeGoesOn() async throws {
        let clock = TestClock()
        let verifier = try await JWTVerifier.at(clock, .hmac(TestKeys.secret))
        let token = try TestToken.make(by: .hmac(TestKeys.secret))
        clock.advance(by: 89)
        #expect(try await verifier.refusal(of: token) == nil)
        clock.advance(by: 1)
        #expect(try await verifier.refusal(of: token) == .expired)
    }

    // MARK: For whom and by whom

    @Test(
        arguments: [
            (#""aud":"api""#, nil), (#""aud":["api"]"#, nil), (#""aud":["web","api"]"#, nil), (#""aud":"web""#, .wrongAudience),
            (#""aud":["web"]"#, .wrongAudience), (#""aud":[]"#, .wrongAudience), (#""aud":"""#, .wrongAudience), (#""aud":"API""#, .wrongAudience),
            (#""aud":"api ""#, .wrongAudience), (#""aud":"web api""#, .wrongAudience), (#""x":1"#, .wrongAudience), (#""aud":1"#, .invalidClaim),
            (#""aud":null"#, .invalidClaim), (#""aud":["api",1]"#, .invalidClaim), (#""aud":[["api"]]"#, .invalidClaim),
            (#""aud":{"api":1}"#, .invalidClaim),
        ] as [(String, JWTRefusal?)]
    )
    func theAudienceHasToBeAmongThoseOfTheToken(member: String, expected: JWTRefusal?) async throws {
        #expect(try await self.refusal(#"{"sub":"ada","exp":1000060,\#(member)}"#, audience: "api") == expected)
    }

    @Test func audiencesAreTheSameLettersNotEquivalentOnes() async throws {
        #expect(try await self.refusal(#"{"sub":"ada","exp":1000060,"aud":"caf\u00e9"}"#, audience: "caf\u{e9}") == nil)
        #expect(try await self.refusal(#"{"sub":"ada","exp":1000060,"aud":"cafe\u0301"}"#, audience: "caf\u{e9}") == .wrongAudience)
    }

    @Test func withoutAnAudienceOfItsOwnAVerifierTakesAny() async throws {
        for member in [#""aud":"web""#, #""aud":[]"#, #""x":1"#] {
            #expect(try await self.refusal(#"{"sub":"ada","exp":1000060,\#(member)}"#) == nil)
        }
    }

    @Test(arguments: [#""sub":"""#, #""sub":null"#, #""sub":1"#, #""sub":["ada"]"#, #""sub":{"id":"ada"}"#, #""Sub":"ada""#])
    func aTokenIsAboutSomebody(_ member: String) async throws {
        #expect(try await self.refusal(#"{"exp":1000060,\#(member)}"#) == .invalidClaim)
    }

    @Test func aTokenAboutNobodyIsASetting() async throws {
        let change: Change = { $0.requiresSubject = false }
        #expect(try await self.refusal(#"{"exp":1000060}"#, change) == nil)
        #expect(try await self.refusal(#"{"exp":1000060,"sub":""}"#, change) == nil)
        #expect(try await self.refusal(#"{"exp":1000060,"sub":1}"#, change) == .invalidClaim)
    }

    @Test(arguments: ["jti", "sid", "iss"], ["null", "1", #"["a"]"#])
    func namesAreTexts(name: String, value: String) async throws {
        #expect(try await self.refusal(#"{"sub":"ada","exp":1000060,"\#(name)":\#(value)}"#) == .invalidClaim)
    }

    // MARK: What the application gets

    private func claims(_ payload: String) async throws -> JWTClaims {
        try await JWTVerifier.hmac().verify(TestToken.make(payload: payload))
    }

    @Test func allClaimsAreThere() async throws {
        let claims = try await self.claims(
            #"""
            {"sub":"ad\u00e4","iss":"me","aud":["a","b"],"exp":1000060,"nbf":999000,"iat":999999.5,"jti":"t1","sid":"s1","scope":"read write"}
            """#
        )
        #expect(claims.subject == "adä")
        #expect(claims.issuer == "me")
        #expect(claims.audience == ["a", "b"])
        #expect(claims.expiresAt == Date(timeIntervalSince1970: 1_000_060))
        #expect(claims.notBefore == Date(timeIntervalSince1970: 999_000))
        #expect(claims.issuedAt == Date(timeIntervalSince1970: 999_999.5))
        #expect(claims.id == "t1")
        #expect(claims.sessionID == "s1")
        #expect(claims.scopes == ["read", "write"])
    }

    @Test func claimsThatAreNotThereAreNil() async throws {
        let claims = try await self.claims(TestToken.payload)
        #expect(claims.issuer == nil && claims.notBefore == nil && claims.issuedAt == nil && claims.id == nil && claims.sessionID == nil)
        #expect(claims.audience.isEmpty && claims.scopes.isEmpty)
    }

    @Test(
        arguments: [
            (#""scope":"a b""#, ["a", "b"]), (#""scope":" a  b ""#, ["a", "b"]), (#""scope":"""#, []), (#""scope":["a","b"]"#, ["a", "b"]),
            (#""scp":["a","b"]"#, ["a", "b"]), (#""scp":"a b""#, ["a", "b"]), (#""scopes":["a"]"#, ["a"]), (#""scope":"a","scp":["b"]"#, ["a"]),
            (#""scope":1"#, []), (#""scp":["a",1]"#, []), (#""scopes":{"a":true}"#, []), (#""scope":null"#, []),
        ] as [(String, Set<String>)]
    )
    func scopesComeInSeveralForms(member: String, expected: Set<String>) async throws {
        #expect(try await self.claims(#"{"sub":"ada","exp":1000060,\#(member)}"#).scopes == expected)
    }

    private struct Own: Decodable {
        let role: String
        let exp: Date
    }

    private struct Payload: JWTPayload {
        let sub: SubjectClaim
        let exp: ExpirationClaim
        let aud: AudienceClaim
        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    @Test func anApplicationDecodesItsOwnClaims() async throws {
        let claims = try await self.claims(#"{"sub":"ada","exp":1000060,"role":"admin","aud":"x"}"#)
        let own = try claims.decode(as: Own.self)
        #expect(own.role == "admin" && own.exp == Date(timeIntervalSince1970: 1_000_060))
        let payload: Payload = try claims.decode()
        #expect(payload.sub.value == "ada" && payload.exp.value == own.exp && payload.aud.value == ["x"])
    }

    @Test func claimsThatAreNotTheApplicationsRefuseTheTokenAndAreNotQuoted() async throws {
        let claims = try await self.claims(#"{"sub":"ada","exp":1000060,"role":["very private"]}"#)
        #expect(throws: JWTRefusal.invalidClaim) { try claims.decode(as: Own.self) }
    }
}

extension TestToken {
    /// A token with these claims, signed by the tests' secret.
    fileprivate static func make(payload: String) throws -> String {
        try Self.make(#"{"alg":"HS256"}"#, payload, by: .hmac(TestKeys.secret))
    }
}
