//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RealtimeKitJWT

/// What a token has to look like.
@Suite struct JWTFormTests {
    private let signer = TestSigner.hmac(TestKeys.secret)

    /// Why a token with these parts is not accepted, though its signature is right.
    private func refusal(_ header: String = #"{"alg":"HS256"}"#, _ payload: String = TestToken.payload) async throws -> JWTRefusal? {
        try await JWTVerifier.hmac().refusal(of: TestToken.make(header, payload, by: self.signer))
    }

    @Test func aGoodTokenIsAccepted() async throws {
        #expect(try await self.refusal() == nil)
        #expect(try await self.refusal(#" { "typ" : "JWT" , "alg" : "HS256" } "#, "\t\(TestToken.payload)\r\n") == nil)
    }

    // MARK: Parts

    @Test(arguments: [
        "", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "e30.e30.e31", "not a token", "Ünïcode.ist.keins", "\0.\0.\0",
    ])
    func textsThatAreNoTokensAreRefused(_ token: String) async throws {
        #expect(try await JWTVerifier.hmac().refusal(of: token) == .malformed)
    }

    @Test func moreOrFewerPartsAreRefused() async throws {
        let verifier = try await JWTVerifier.hmac()
        let token = try TestToken.make(by: self.signer)
        let parts = token.split(separator: ".").map(String.init)
        for text in [
            parts[0], parts[0] + "." + parts[1], token + ".", token + "." + parts[2], "." + token, parts.joined(separator: ".."), token + "..",
        ] {
            #expect(try await verifier.refusal(of: text) == .malformed)
        }
    }

    @Test func anEmptySignatureIsRefused() async throws {
        let text = try TestToken.make(by: TestSigner { _ in [] })
        #expect(text.hasSuffix("."))
        #expect(try await JWTVerifier.hmac().refusal(of: text) == .malformed)
    }

    @Test func aTokenHasAtMostEightKiB() async throws {
        let verifier = try await JWTVerifier.hmac()
        for (count, expected) in [(8191, nil), (8192, nil), (8193, JWTRefusal.malformed), (9000, .malformed)] as [(Int, JWTRefusal?)] {
            let token = try #require(try self.token(ofBytes: count))
            #expect(try await verifier.refusal(of: token) == expected)
        }
        #expect(try await verifier.refusal(of: String(repeating: "a", count: 1 << 20)) == .malformed)
    }

    /// A good token of exactly this length.
    private func token(ofBytes count: Int) throws -> String? {
        for blanks in 0..<3 {
            let header = #"{"alg":"HS256"}"# + String(repeating: " ", count: blanks)
            for padding in (count * 3 / 4 - 120)..<(count * 3 / 4) {
                let payload = #"{"sub":"ada","exp":1000060,"x":"\#(String(repeating: "x", count: padding))"}"#
                guard (header.utf8.count * 4 + 2) / 3 + (payload.utf8.count * 4 + 2) / 3 + 43 + 2 == count else { continue }
                let token = try TestToken.make(header, payload, by: self.signer)
                if token.utf8.count == count { return token }
            }
        }
        return nil
    }

    // MARK: Base64url

    @Test func aTokenCanBeWrittenInOneWayOnly() async throws {
        let verifier = try await JWTVerifier.hmac()
        // Lengths that leave bits over in both parts.
        let header = TestToken.encode(Array(#"{"alg":"HS256"} "#.utf8))
        let payload = TestToken.encode(Array(#"{"sub":"ada","exp":1000060} "#.utf8))
        #expect(header.utf8.count % 4 == 2 && payload.utf8.count % 4 == 2)
        #expect(try await verifier.refusal(of: TestToken.sign("\(header).\(payload)", by: self.signer)) == nil)
        for (header, payload) in [
            (self.withStrayBit(header), payload), (header, self.withStrayBit(payload)), (header + "==", payload), (header, payload + "=="),
            (header + "\n", payload), (header, " " + payload), (header + "A", payload),
        ] {
            #expect(try await verifier.refusal(of: TestToken.sign("\(header).\(payload)", by: self.signer)) == .malformed)
        }
        let token = try TestToken.sign("\(header).\(payload)", by: self.signer)
        for text in [self.withStrayBit(token), token + "=", token + " ", token + "\n", " " + token] {
            #expect(try await verifier.refusal(of: text) == .malformed)
        }
    }

    /// Changes the lowest bit of the last sign, which stands for nothing.
    private func withStrayBit(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        guard let last = text.last, let index = alphabet.firstIndex(of: last) else { return text }
        return text.dropLast() + String(alphabet[index ^ 1])
    }

    @Test func theOtherAlphabetIsRefused() async throws {
        let verifier = try await JWTVerifier.hmac()
        let payload = #"{"sub":"ada","exp":1000060,"x":"~~~???ÿÿÿ>>>"}"#
        let encoded = TestToken.encode(Array(payload.utf8))
        let other = String(encoded.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        #expect(encoded != other)
        let header = TestToken.encode(Array(#"{"alg":"HS256"}"#.utf8))
        #expect(try await verifier.refusal(of: TestToken.sign("\(header).\(encoded)", by: self.signer)) == nil)
        #expect(try await verifier.refusal(of: TestToken.sign("\(header).\(other)", by: self.signer)) == .malformed)
    }

    // MARK: JSON

    @Test(arguments: ["", "[]", "null", "1", "\"x\"", "{", "{}}", "{\"alg\":\"HS256\"", "{alg:\"HS256\"}", "{\"alg\":\"HS256\",}"])
    func partsThatAreNoObjectsAreRefused(_ text: String) async throws {
        #expect(try await self.refusal(text) == .malformed)
        #expect(try await self.refusal(#"{"alg":"HS256"}"#, text) == .malformed)
    }

    @Test func membersThatAreThereTwiceAreRefused() async throws {
        #expect(try await self.refusal(#"{"alg":"HS256","alg":"HS256"}"#) == .malformed)
        #expect(try await self.refusal(#"{"alg":"HS256","\u0061lg":"none"}"#) == .malformed)
        #expect(try await self.refusal(#"{"alg":"HS256"}"#, #"{"sub":"ada","exp":1000060,"sub":"eve"}"#) == .malformed)
        #expect(try await self.refusal(#"{"alg":"HS256"}"#, #"{"sub":"ada","exp":1000060,"\u0073ub":"eve"}"#) == .malformed)
    }

    @Test(arguments: ["[", #"{"x":"#])
    func nestingIsBounded(_ opening: String) async throws {
        let closing = opening == "[" ? "]" : "}"
        for (depth, expected) in [(1, nil), (15, nil), (16, JWTRefusal.malformed), (900, .malformed)] as [(Int, JWTRefusal?)] {
            let value = String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
            #expect(try await self.refusal(#"{"alg":"HS256"}"#, #"{"sub":"ada","exp":1000060,"x":\#(value)}"#) == expected)
        }
        let open = String(repeating: opening, count: 1000)
        #expect(try await self.refusal(#"{"alg":"HS256"}"#, #"{"sub":"ada","exp":1000060,"x":\#(open)"#) == .malformed)
    }

    @Test func textThatIsNotUTF8IsRefused() async throws {
        let payload = Array(#"{"sub":"ada","exp":1000060,"x":""#.utf8) + [0xc3, 0x28] + Array(#""}"#.utf8)
        let text = TestToken.encode(Array(#"{"alg":"HS256"}"#.utf8)) + "." + TestToken.encode(payload)
        #expect(try await JWTVerifier.hmac().refusal(of: TestToken.sign(text, by: self.signer)) == .malformed)
    }

    @Test func halfASurrogatePairIsRefused() async throws {
        #expect(try await self.refusal(#"{"alg":"HS256"}"#, #"{"sub":"ada\ud800","exp":1000060}"#) == .invalidClaim)
        #expect(try await self.refusal(#"{"alg":"HS256"}"#, #"{"sub":"ada","exp":1000060,"\udc00":1}"#) == .malformed)
    }

    // MARK: Header

    @Test(arguments: [#"["exp"]"#, "[]", #"["b64"]"#, "null", "0", #""exp""#])
    func critIsRefusedWhateverItSays(_ value: String) async throws {
        #expect(try await self.refusal(#"{"alg":"HS256","crit":\#(value),"exp":1}"#) == .unsupportedHeader)
    }

    @Test(arguments: ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
    func typesOfAccessTokensAreAccepted(_ type: String) async throws {
        #expect(try await self.refusal(#"{"alg":"HS256","typ":"\#(type)"}"#) == nil)
    }

    @Test(arguments: [#""logout+jwt""#, #""secevent+jwt""#, #""dpop+jwt""#, #""JWT ""#, #""""#, "null", "1", #"["JWT"]"#])
    func otherTypesAreRefused(_ value: String) async throws {
        #expect(try await self.refusal(#"{"alg":"HS256","typ":\#(value)}"#) == .unsupportedHeader)
    }

    @Test func membersThatNobodyKnowsAreIgnored() async throws {
        #expect(try await self.refusal(#"{"alg":"HS256","cty":"text","x":[{"y":null}],"Crit":["x"]}"#) == nil)
    }
}
