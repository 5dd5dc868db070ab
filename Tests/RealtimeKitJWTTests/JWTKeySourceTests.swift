//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto
import CryptoExtras
import Foundation
import RealtimeKit
import Testing

@testable import RealtimeKitJWT

/// Which keys are taken.
@Suite struct JWTKeySourceTests {
    private func complaint(_ keys: JWTKeySource...) async throws -> String {
        try await RealtimeKitJWTTests.complaint { try await JWTVerifier(keys: keys) }
    }

    /// The set with one key of RSA that has these numbers.
    private func rsa(modulus: [UInt8], exponent: [UInt8], _ more: String = #""kid":"weak-1","#) -> JWTKeySource {
        .jwks(TestKeys.set(#"{\#(more)"kty":"RSA","n":"\#(TestToken.encode(modulus))","e":"\#(TestToken.encode(exponent))"}"#))
    }

    // MARK: Secrets

    @Test(arguments: [(JWTKeyAlgorithm.hs256, 32), (.hs384, 48), (.hs512, 64)])
    func aSecretIsAsLongAsTheDigest(algorithm: JWTKeyAlgorithm, count: Int) async throws {
        for length in [0, 1, 16, count - 1] {
            let message = try await self.complaint(.hmac(bytes: Array(repeating: 1, count: length), algorithm: algorithm))
            #expect(message.contains("\(algorithm)") && message.contains("\(count) random bytes"))
        }
        for length in [count, count + 1, 200] {
            #expect(try await self.complaint(.hmac(bytes: Array(repeating: 1, count: length), algorithm: algorithm)) == "")
        }
        #expect(try await self.complaint(.hmac(String(repeating: "ä", count: count / 2), algorithm: algorithm)) == "")
    }

    @Test func aPEMTextIsNoSecret() async throws {
        let pem = TestKeys.p256.publicKey.pemRepresentation
        #expect(try await self.complaint(.hmac(pem)).contains("PEM"))
        #expect(try await self.complaint(.hmac("\n" + pem)).contains("PEM"))
        #expect(try await self.complaint(.hmac(bytes: Array(TestKeys.p256.pemRepresentation.utf8))).contains("PEM"))
    }

    @Test func secretsAndPublicKeysAreForTheirOwnAlgorithms() async throws {
        #expect(try await self.complaint(.hmac(TestKeys.secret, algorithm: .rs256)).contains("HS256, HS384 and HS512"))
        #expect(try await self.complaint(.publicKey(pem: TestKeys.weakPEM, algorithm: .hs256)).contains("takes a secret"))
    }

    // MARK: PEM

    @Test func publicKeysOfAnotherKindAreRefused() async throws {
        let rsa = try TestKeys.rsa
        let pems: [(String, Set<JWTKeyAlgorithm>)] = [
            (rsa.publicKey.pemRepresentation, [.rs256, .ps512]), (TestKeys.p256.publicKey.pemRepresentation, [.es256]),
            (TestKeys.p384.publicKey.pemRepresentation, [.es384]), (TestKeys.p521.publicKey.pemRepresentation, [.es512]),
            (TestKeys.ed25519.publicKey.pemRepresentation, [.edDSA]), (rsa.pemRepresentation, []), (TestKeys.p256.pemRepresentation, []),
            (TestKeys.ed25519.pemRepresentation, []), ("", []), ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", []),
            (TestKeys.weakPEM, []),
        ]
        for (pem, good) in pems {
            for algorithm in [JWTKeyAlgorithm.rs256, .ps512, .es256, .es384, .es512, .edDSA] {
                let message = try await self.complaint(.publicKey(pem: pem, algorithm: algorithm))
                #expect(message.isEmpty == good.contains(algorithm), "\(algorithm): \(message)")
                #expect(message.isEmpty || message.contains("\(algorithm)") && message.contains("accepted"))
            }
        }
    }

    // MARK: JWK Sets

    @Test func aStrongKeyOfASetIsTaken() async throws {
        #expect(try await self.complaint(self.rsa(modulus: [0x80] + Array(repeating: 1, count: 255), exponent: [1, 0, 1])) == "")
        #expect(try await self.complaint(self.rsa(modulus: [0, 0x80] + Array(repeating: 1, count: 255), exponent: [3])) == "")
    }

    @Test(
        arguments: [
            ([0x80] + Array(repeating: 1, count: 127), [1, 0, 1]), ([0x80] + Array(repeating: 1, count: 254), [1, 0, 1]),
            ([0x7f] + Array(repeating: 1, count: 255), [1, 0, 1]), ([1] + Array(repeating: 1, count: 255), [1, 0, 1]),
            ([0, 0x7f] + Array(repeating: 1, count: 255), [1, 0, 1]), ([0x80] + Array(repeating: 1, count: 1024), [1, 0, 1]),
            ([0x80] + Array(repeating: 1, count: 255), [1]), ([0x80] + Array(repeating: 1, count: 255), [0]),
            ([0x80] + Array(repeating: 1, count: 255), [2]), ([0x80] + Array(repeating: 1, count: 255), [1, 0, 0]), ([], [1, 0, 1]),
            ([0x80] + Array(repeating: 1, count: 255), []), ([0], [1, 0, 1]),
        ] as [([UInt8], [UInt8])]
    )
    func weakKeysOfASetAreRefusedByName(modulus: [UInt8], exponent: [UInt8]) async throws {
        let message = try await self.complaint(self.rsa(modulus: modulus, exponent: exponent))
        #expect(message.contains(#"key "weak-1" of a key set"#))
        #expect(try await self.complaint(self.rsa(modulus: modulus, exponent: exponent, "")).contains("key number 1 of a key set"))
    }

    @Test(arguments: [
        #"{"kid":"k"}"#, #"{"kid":"k","kty":"oct","k":"AAAA"}"#, #"{"kid":"k","kty":"RSA"}"#, #"{"kid":"k","kty":"EC","crv":"P-256"}"#,
        #"{"kid":"k","kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#, #"{"kid":"k","kty":"OKP","crv":"X25519","x":"AAAA"}"#,
        #"{"kid":"k","kty":"OKP","crv":"Ed25519","x":"AAAA"}"#, #"{"kid":"k","kty":"RSA","n":"***","e":"AQAB"}"#,
        #"{"kid":"k","kty":"RSA","alg":"none","n":"AAAA","e":"AQAB"}"#, #"{"kid":"k","kty":"RSA","alg":"HS256","n":"AAAA","e":"AQAB"}"#,
        #"{"kid":"k","kty":"RSA","alg":"RSA-OAEP","n":"AAAA","e":"AQAB"}"#, #"{"kid":"k","kty":"AKP","alg":"ML-DSA-65"}"#,
        #"{"kid":1,"kty":"RSA"}"#, "1", "null", "[]",
    ])
    func keysOfASetThatCannotBeUsedAreRefusedByName(_ key: String) async throws {
        let good = TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"good","#)
        let message = try await self.complaint(.jwks(TestKeys.set(good, key)))
        #expect(message.contains(#"key "k" of a key set"#) || message.contains("key number 2 of a key set"), "\(message)")
    }

    @Test func keysOfASetAreOnTheCurveThatTheyName() async throws {
        let point = Array(TestKeys.p256.publicKey.x963Representation.dropFirst())
        func set(_ x: ArraySlice<UInt8>, _ y: ArraySlice<UInt8>, _ more: String = "") -> JWTKeySource {
            .jwks(TestKeys.set(#"{\#(more)"kty":"EC","crv":"P-256","x":"\#(TestToken.encode(Array(x)))","y":"\#(TestToken.encode(Array(y)))"}"#))
        }
        #expect(try await self.complaint(set(point[..<32], point[32...])) == "")
        #expect(try await self.complaint(set(point[..<32], point[32...], #""alg":"ES256","#)) == "")
        #expect(try await self.complaint(set(point[..<32], point[32...], #""alg":"ES384","#)) != "")
        #expect(try await self.complaint(set(point[..<32], point[32...], #""alg":"RS256","#)) != "")
        // The same bytes, divided elsewhere.
        #expect(try await self.complaint(set(point[..<31], point[31...])) != "")
        #expect(try await self.complaint(set(point[..<32], point[..<32])) != "")
    }

    @Test func aKeyIsOfTheKindThatItNames() async throws {
        let rsa = try TestKeys.jwk(TestKeys.rsa, #""kid":"k","alg":"RS256","#)
        let p256 = TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"k","alg":"ES256","#)
        let p384 = TestKeys.jwk(TestKeys.p384.publicKey, #""kid":"k","alg":"ES384","#)
        let ed25519 = TestKeys.jwk(TestKeys.ed25519.publicKey, #""kid":"k","alg":"EdDSA","#)
        for (key, name, other) in [
            (rsa, "RSA", "EC"), (p256, "EC", "OKP"), (p384, "P-384", "P-256"), (ed25519, "OKP", "EC"), (ed25519, "Ed25519", "X25519"),
        ] {
            #expect(try await self.complaint(.jwks(TestKeys.set(key))) == "")
            let confused = key.replacing("\"\(name)\"", with: "\"\(other)\"")
            #expect(try await self.complaint(.jwks(TestKeys.set(confused))).contains(#"key "k" of a key set"#), "\(confused)")
        }
    }

    @Test func keysForOtherPurposesAreLeftOut() async throws {
        let good = TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"good","#)
        for other in [
            TestKeys.jwk(TestKeys.p384.publicKey, #""kid":"enc","use":"enc","#),
            TestKeys.jwk(TestKeys.p384.publicKey, #""kid":"wrap","key_ops":["wrapKey"],"#),
            #"{"kid":"weak","use":"enc","kty":"RSA","n":"AQAB","e":"AQAB"}"#, #"{"use":"enc","kty":"unknown"}"#,
        ] {
            #expect(try await self.complaint(.jwks(TestKeys.set(good, other))) == "")
            #expect(try await self.complaint(.jwks(TestKeys.set(other))).contains("no key that verifies"))
        }
        let verifier = try await JWTVerifier.at(
            TestClock(),
            .jwks(TestKeys.set(good, TestKeys.jwk(TestKeys.p384.publicKey, #""kid":"enc","use":"enc","#)))
        )
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"ES384","kid":"enc"}"#, by: .p384(TestKeys.p384))) == .unknownKey)
    }

    @Test(arguments: ["", "{}", "[]", "null", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":"#, #"{"keys":null}"#])
    func textsThatAreNoSetsAreRefused(_ text: String) async throws {
        #expect(try await self.complaint(.jwks(text)).contains("key set"))
    }

    @Test func aSetIsBounded() async throws {
        let good = TestKeys.jwk(TestKeys.p256.publicKey)
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(try await self.complaint(.jwks(#"{"x":\#(deep),"keys":[\#(good)]}"#)).contains("cannot be read"))
        let blanks = String(repeating: " ", count: 1 << 20)
        #expect(try await self.complaint(.jwks(#"{"keys":[\#(good)]}\#(blanks)"#)).contains("1 MiB"))
    }

    @Test func aSetCanBeAFile() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/\(UUID()).json"
        try Data(TestKeys.set(TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"e","#)).utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let verifier = try await JWTVerifier.at(TestClock(), .jwks(file: path))
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"ES256","kid":"e"}"#, by: .p256(TestKeys.p256))) == nil)
        #expect(try await self.complaint(.jwks(file: path + ".no")).contains("cannot be read"))
    }

    // MARK: Several

    @Test func keysThatNoTokenCanTellApartAreRefused() async throws {
        let other = TestKeys.secret + " too"
        #expect(try await self.complaint(.hmac(TestKeys.secret), .hmac(other)).contains("two keys for HS256"))
        #expect(try await self.complaint(.hmac(TestKeys.secret, id: "a"), .hmac(other, id: "a")).contains("two keys for HS256"))
        #expect(try await self.complaint(.hmac(TestKeys.secret, id: "a"), .hmac(other, id: "b")) == "")
        #expect(try await self.complaint(.hmac(TestKeys.secret), .hmac(other, id: "a")) == "")
        let key = TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"a","#)
        #expect(try await self.complaint(.hmac(TestKeys.secret, id: "a"), .jwks(TestKeys.set(key))) == "")
        #expect(try await self.complaint(.jwks(TestKeys.set(key, key))).contains("two keys for ES256"))
    }

    @Test func anIssuerHasOneSetThatIsLoaded() async throws {
        let issuer = TestIssuer(nil)
        #expect(try await self.complaint(issuer.keys(), issuer.keys()).contains("two key sets"))
        #expect(try await self.complaint(issuer.keys(), .hmac(TestKeys.secret)) == "")
    }

    @Test func timesOfLoadsHaveLimits() async throws {
        let issuer = TestIssuer(nil)
        for time in [Duration.zero, .seconds(-1), .milliseconds(999), .seconds(86_401)] {
            #expect(try await self.complaint(issuer.keys(coolDown: time)).contains("coolDown"))
        }
        for time in [Duration.zero, .milliseconds(999), .seconds(31 * 86_400)] {
            #expect(try await self.complaint(issuer.keys(refreshAfter: time)).contains("refreshAfter"))
        }
        #expect(try await self.complaint(issuer.keys(coolDown: .seconds(1), refreshAfter: .seconds(1))) == "")
        #expect(issuer.count == 0)
    }

    // MARK: Secrecy

    @Test func noTextShowsAKey() async throws {
        let marker = "7f3d-marker"
        let sources: [JWTKeySource] = [
            .hmac(marker), .hmac(marker + TestKeys.secret, algorithm: .rs256), .publicKey(pem: marker, algorithm: .es256), .jwks(marker),
            .jwks(#"{"keys":[{"kty":"RSA","n":"\#(marker)","e":"AQAB"}]}"#),
        ]
        for source in sources {
            var dumped = ""
            dump(source, to: &dumped)
            let texts = ["\(source)", String(reflecting: source), "\([source])", dumped, try await self.complaint(source)]
            for text in texts { #expect(!text.contains(marker), "\(text)") }
            #expect(!texts[4].isEmpty)
        }
    }
}
