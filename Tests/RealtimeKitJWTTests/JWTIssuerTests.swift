//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit
import Testing

@testable import RealtimeKitJWT

/// Several issuers, each with keys of its own.
@Suite struct JWTIssuerTests {
    private let secretA = "the secret of issuer A, 32 bytes or more"
    private let secretB = "the secret of issuer B, 32 bytes or more"

    private func verifier() async throws -> JWTVerifier {
        try await JWTVerifier(
            issuers: [
                JWTIssuer("https://a.example/", keys: [.hmac(self.secretA, id: "1")], audience: "for-a"),
                JWTIssuer("https://b.example/", keys: [.hmac(self.secretB, id: "1")]),
            ],
            now: { TestToken.now }
        )
    }

    private func token(_ iss: String, kid: String? = "1", aud: String = "for-a", by secret: String) throws -> String {
        let header = kid.map { #"{"alg":"HS256","kid":"\#($0)"}"# } ?? #"{"alg":"HS256"}"#
        return try TestToken.make(header, #"{"sub":"ada","exp":1000060,"aud":"\#(aud)",\#(iss)}"#, by: .hmac(secret))
    }

    @Test func aKeyVerifiesItsOwnIssuersTokensOnly() async throws {
        let verifier = try await self.verifier()
        let (a, b) = (#""iss":"https://a.example/""#, #""iss":"https://b.example/""#)
        for kid in ["1", nil] {
            #expect(try await verifier.refusal(of: self.token(a, kid: kid, by: self.secretA)) == nil)
            #expect(try await verifier.refusal(of: self.token(b, kid: kid, by: self.secretB)) == nil)
            #expect(try await verifier.refusal(of: self.token(a, kid: kid, by: self.secretB)) == .wrongSignature)
            #expect(try await verifier.refusal(of: self.token(b, kid: kid, by: self.secretA)) == .wrongSignature)
        }
    }

    @Test func anAudienceIsItsIssuersMatter() async throws {
        let verifier = try await self.verifier()
        #expect(try await verifier.refusal(of: self.token(#""iss":"https://a.example/""#, aud: "web", by: self.secretA)) == .wrongAudience)
        #expect(try await verifier.refusal(of: self.token(#""iss":"https://b.example/""#, aud: "web", by: self.secretB)) == nil)
    }

    @Test(arguments: [
        #""x":1"#, #""iss":"""#, #""iss":"https://a.example""#, #""iss":"HTTPS://a.example/""#, #""iss":"https://a.example/ ""#,
        #""iss":"https://c.example/""#, #""iss":null"#, #""iss":1"#, #""iss":["https://a.example/"]"#, #""ISS":"https://a.example/""#,
    ])
    func issuersThatAreNotConfiguredAreRefused(_ iss: String) async throws {
        #expect(try await self.verifier().refusal(of: self.token(iss, by: self.secretA)) == .unknownIssuer)
    }

    @Test func issuersAreTheSameLettersNotEquivalentOnes() async throws {
        let issuers = [JWTIssuer("caf\u{e9}", keys: [.hmac(self.secretA)])]
        let verifier = try await JWTVerifier(issuers: issuers, now: { TestToken.now })
        #expect(try await verifier.refusal(of: self.token(#""iss":"caf\u00e9""#, kid: nil, by: self.secretA)) == nil)
        #expect(try await verifier.refusal(of: self.token(#""iss":"cafe\u0301""#, kid: nil, by: self.secretA)) == .unknownIssuer)
    }

    @Test func withoutNamesTheIssuerDoesNotMatter() async throws {
        let verifier = try await JWTVerifier.at(TestClock(), .hmac(self.secretA, id: "1"))
        for iss in [#""x":1"#, #""iss":"whoever""#] {
            #expect(try await verifier.refusal(of: self.token(iss, by: self.secretA)) == nil)
        }
    }

    @Test func issuersThatMakeNoSenseAreRefused() async throws {
        let keys = [JWTKeySource.hmac(self.secretA)]
        #expect(try await complaint { try await JWTVerifier(issuers: []) }.contains("at least one"))
        #expect(try await complaint { try await JWTVerifier(issuers: [JWTIssuer("", keys: keys)]) }.contains("empty"))
        #expect(try await complaint { try await JWTVerifier(issuers: [JWTIssuer("a", keys: [])]) }.contains("no keys"))
        #expect(try await complaint { try await JWTVerifier(keys: []) }.contains("no keys"))
        let twice = [JWTIssuer("a", keys: keys), JWTIssuer("b", keys: keys), JWTIssuer("a", keys: keys)]
        #expect(try await complaint { try await JWTVerifier(issuers: twice) }.contains("issuer a is given twice"))
    }
}
