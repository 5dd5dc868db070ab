//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto
import CryptoExtras
import Testing

@testable import RealtimeKitJWT

/// Which key and algorithm count, whatever a token says.
@Suite struct JWTAlgorithmTests {
    // MARK: What is accepted

    @Test func everyAlgorithmVerifiesItsOwnSignaturesAndNoOthers() async throws {
        let rsa = try TestKeys.rsa
        let secret = Array(repeating: UInt8(ascii: "k"), count: 64)
        let pairs: [(JWTKeyAlgorithm, JWTKeySource, TestSigner)] = [
            (.hs256, .hmac(bytes: secret), .hmac(bytes: secret)),
            (.hs384, .hmac(bytes: secret, algorithm: .hs384), .hmac(bytes: secret, bits: 384)),
            (.hs512, .hmac(bytes: secret, algorithm: .hs512), .hmac(bytes: secret, bits: 512)),
            (.rs256, .publicKey(pem: rsa.publicKey.pemRepresentation, algorithm: .rs256), .rsa(rsa)),
            (.rs384, .publicKey(pem: rsa.publicKey.pemRepresentation, algorithm: .rs384), .rsa(rsa, bits: 384)),
            (.rs512, .publicKey(pem: rsa.publicKey.pemRepresentation, algorithm: .rs512), .rsa(rsa, bits: 512)),
            (.ps256, .publicKey(pem: rsa.publicKey.pemRepresentation, algorithm: .ps256), .pss(rsa)),
            (.ps384, .publicKey(pem: rsa.publicKey.pemRepresentation, algorithm: .ps384), .pss(rsa, bits: 384)),
            (.ps512, .publicKey(pem: rsa.publicKey.pemRepresentation, algorithm: .ps512), .pss(rsa, bits: 512)),
            (.es256, .publicKey(pem: TestKeys.p256.publicKey.pemRepresentation, algorithm: .es256), .p256(TestKeys.p256)),
            (.es384, .publicKey(pem: TestKeys.p384.publicKey.pemRepresentation, algorithm: .es384), .p384(TestKeys.p384)),
            (.es512, .publicKey(pem: TestKeys.p521.publicKey.pemRepresentation, algorithm: .es512), .p521(TestKeys.p521)),
            (.edDSA, .publicKey(pem: TestKeys.ed25519.publicKey.pemRepresentation, algorithm: .edDSA), .ed25519(TestKeys.ed25519)),
        ]
        for (algorithm, key, signer) in pairs {
            let verifier = try await JWTVerifier.at(TestClock(), key)
            let header = #"{"alg":"\#(algorithm)"}"#
            #expect(try await verifier.refusal(of: TestToken.make(header, by: signer)) == nil, "\(algorithm)")
            for (other, _, stranger) in pairs where other != algorithm {
                #expect(try await verifier.refusal(of: TestToken.make(header, by: stranger)) == .wrongSignature, "\(other) for \(algorithm)")
                #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"\#(other)"}"#, by: signer)) == .unknownKey)
            }
            #expect(try await verifier.refusal(of: TestToken.make(header, by: .garbage)) == .wrongSignature)
        }
    }

    @Test func keysOfASetVerifyWithoutAnAlgorithmOfTheirOwn() async throws {
        let rsa = try TestKeys.rsa
        let set = TestKeys.set(
            try TestKeys.jwk(rsa, #""kid":"r","#),
            TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"2","use":"sig","#),
            TestKeys.jwk(TestKeys.p384.publicKey, #""kid":"3","key_ops":["verify"],"#),
            TestKeys.jwk(TestKeys.p521.publicKey, #""kid":"5","#),
            TestKeys.jwk(TestKeys.ed25519.publicKey, #""kid":"e","#)
        )
        let verifier = try await JWTVerifier.at(TestClock(), .jwks(set))
        let pairs: [(String, String, TestSigner)] = [
            ("RS256", "r", .rsa(rsa)), ("ES256", "2", .p256(TestKeys.p256)), ("ES384", "3", .p384(TestKeys.p384)),
            ("ES512", "5", .p521(TestKeys.p521)), ("EdDSA", "e", .ed25519(TestKeys.ed25519)),
        ]
        for (algorithm, kid, signer) in pairs {
            #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"\#(algorithm)","kid":"\#(kid)"}"#, by: signer)) == nil)
            #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"\#(algorithm)"}"#, by: signer)) == nil)
        }
    }

    @Test func aKeyOfASetIsForTheAlgorithmThatItNames() async throws {
        let rsa = try TestKeys.rsa
        let set = TestKeys.set(try TestKeys.jwk(rsa, #""kid":"r","alg":"PS384","#))
        let verifier = try await JWTVerifier.at(TestClock(), .jwks(set))
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"PS384","kid":"r"}"#, by: .pss(rsa, bits: 384))) == nil)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"RS256","kid":"r"}"#, by: .rsa(rsa))) == .wrongAlgorithm)
    }

    // MARK: alg

    @Test(arguments: [#""none""#, #""None""#, #""NONE""#, #""nOnE""#, #""""#, "null", "1", #"["HS256"]"#, #"{"a":1}"#])
    func tokensWithoutAnAlgorithmAreRefused(_ value: String) async throws {
        let verifier = try await JWTVerifier.hmac()
        let header = #"{"alg":\#(value)}"#
        #expect(try await verifier.refusal(of: TestToken.make(header, by: .hmac(TestKeys.secret))) == .wrongAlgorithm)
        #expect(try await verifier.refusal(of: TestToken.make(header, by: TestSigner { _ in [] })) == .malformed)
    }

    @Test func aHeaderThatNamesNoAlgorithmIsRefused() async throws {
        let verifier = try await JWTVerifier.hmac()
        for header in ["{}", #"{"typ":"JWT"}"#, #"{"ALG":"HS256"}"#] {
            #expect(try await verifier.refusal(of: TestToken.make(header, by: .hmac(TestKeys.secret))) == .wrongAlgorithm)
        }
    }

    @Test(arguments: ["hs256", "Hs256", "HS256 ", "HS-256", "HS1", "HS256\\u0000", "ES256K", "MLDSA65", "RSA-OAEP", "A256GCM", "dir"])
    func algorithmsAreNamedLetterByLetter(_ name: String) async throws {
        let verifier = try await JWTVerifier.hmac()
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"\#(name)"}"#, by: .hmac(TestKeys.secret))) == .wrongAlgorithm)
    }

    @Test(arguments: ["HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA"])
    func theAlgorithmOfTheHeaderHasToBeTheKeys(_ name: String) async throws {
        let verifier = try await JWTVerifier.at(TestClock(), .hmac(TestKeys.secret, id: "k"))
        let signer = TestSigner.hmac(TestKeys.secret)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"\#(name)","kid":"k"}"#, by: signer)) == .wrongAlgorithm)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"\#(name)"}"#, by: signer)) == .unknownKey)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"k"}"#, by: signer)) == nil)
    }

    // MARK: Public keys as secrets

    @Test func aPublicKeyIsNoSecret() async throws {
        let rsa = try TestKeys.rsa
        let pem = rsa.publicKey.pemRepresentation
        let verifier = try await JWTVerifier.at(TestClock(), .publicKey(pem: pem, algorithm: .rs256, id: "r"))
        for secret in [Array(pem.utf8), Array((pem + "\n").utf8), Array(rsa.publicKey.derRepresentation)] {
            let signer = TestSigner.hmac(bytes: secret)
            #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"r"}"#, by: signer)) == .wrongAlgorithm)
            #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"HS256"}"#, by: signer)) == .unknownKey)
            #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"RS256","kid":"r"}"#, by: signer)) == .wrongSignature)
        }
    }

    @Test func aKeyOfASetWithoutAlgorithmIsNoSecret() async throws {
        let rsa = try TestKeys.rsa
        let modulus = try rsa.publicKey.getKeyPrimitives().modulus
        let set = TestKeys.set(try TestKeys.jwk(rsa, #""kid":"r","#))
        let verifier = try await JWTVerifier.at(TestClock(), .jwks(set))
        for secret in [Array(modulus), Array(rsa.publicKey.pemRepresentation.utf8), Array(set.utf8)] {
            let token = try TestToken.make(#"{"alg":"HS256","kid":"r"}"#, by: .hmac(bytes: secret))
            #expect(try await verifier.refusal(of: token) == .wrongAlgorithm)
        }
    }

    @Test func aBadTokenDoesNotChangeTheAlgorithmOfAKey() async throws {
        let rsa = try TestKeys.rsa
        let verifier = try await JWTVerifier.at(TestClock(), .jwks(TestKeys.set(try TestKeys.jwk(rsa, #""kid":"r","#))))
        for name in ["PS256", "RS512", "ES256", "HS256"] {
            #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"\#(name)","kid":"r"}"#, by: .garbage)) == .wrongAlgorithm)
        }
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"RS256","kid":"r"}"#, by: .rsa(rsa))) == nil)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"PS256","kid":"r"}"#, by: .pss(rsa))) == .wrongAlgorithm)
    }

    // MARK: Keys that tokens bring along

    @Test func keysThatATokenBringsOrPointsToDoNotCount() async throws {
        let (rsa, other) = (try TestKeys.rsa, try TestKeys.otherRSA)
        let verifier = try await JWTVerifier.at(TestClock(), .jwks(TestKeys.set(try TestKeys.jwk(rsa, #""kid":"r","#))))
        for member in [
            #""jwk":\#(try TestKeys.jwk(other, #""kid":"r","alg":"RS256","#))"#, #""jku":"https://evil.example/keys""#,
            #""x5u":"https://evil.example/cert""#, #""x5c":["MIIB"]"#, #""x5t":"abc""#, #""jku":{"a":[1]}"#,
        ] {
            let header = #"{"alg":"RS256","kid":"r",\#(member)}"#
            #expect(try await verifier.refusal(of: TestToken.make(header, by: .rsa(other))) == .wrongSignature)
            #expect(try await verifier.refusal(of: TestToken.make(header, by: .rsa(rsa))) == nil)
        }
    }

    // MARK: kid

    @Test func aKeyThatIsNotThereIsNotReplacedByAnother() async throws {
        let signer = TestSigner.hmac(TestKeys.secret)
        let named = try await JWTVerifier.at(TestClock(), .hmac(TestKeys.secret, id: "a"))
        for kid in ["b", "", "A", "a ", "a\\u0000", "../a"] {
            #expect(try await named.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"\#(kid)"}"#, by: signer)) == .unknownKey)
        }
        let nameless = try await JWTVerifier.hmac()
        #expect(try await nameless.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"a"}"#, by: signer)) == .unknownKey)
    }

    @Test(arguments: ["null", "1", #"["a"]"#, #"{"a":1}"#])
    func aKeyIsNamedByAText(_ kid: String) async throws {
        let token = try TestToken.make(#"{"alg":"HS256","kid":\#(kid)}"#, by: .hmac(TestKeys.secret))
        #expect(try await JWTVerifier.hmac().refusal(of: token) == .unsupportedHeader)
    }

    @Test func keysAreNamedByTheSameLettersNotByEquivalentOnes() async throws {
        let verifier = try await JWTVerifier.at(TestClock(), .hmac(TestKeys.secret, id: "caf\u{e9}"))
        let signer = TestSigner.hmac(TestKeys.secret)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"caf\u00e9"}"#, by: signer)) == nil)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"cafe\u0301"}"#, by: signer)) == .unknownKey)
    }

    @Test func withoutANameThereHasToBeOneKeyForTheAlgorithm() async throws {
        let (old, new) = (TestKeys.secret, TestKeys.secret + " anew")
        let verifier = try await JWTVerifier.at(
            TestClock(),
            .hmac(old, id: "old"),
            .hmac(new, id: "new"),
            .jwks(TestKeys.set(TestKeys.jwk(TestKeys.p256.publicKey, #""kid":"e","#)))
        )
        #expect(try await verifier.refusal(of: TestToken.make(by: .hmac(old))) == .unknownKey)
        #expect(try await verifier.refusal(of: TestToken.make(by: .hmac(new))) == .unknownKey)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"old"}"#, by: .hmac(old))) == nil)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"new"}"#, by: .hmac(new))) == nil)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"HS256","kid":"new"}"#, by: .hmac(old))) == .wrongSignature)
        #expect(try await verifier.refusal(of: TestToken.make(#"{"alg":"ES256"}"#, by: .p256(TestKeys.p256))) == nil)
    }

    @Test func aSignatureIsForOneTokenOnly() async throws {
        let verifier = try await JWTVerifier.hmac()
        let token = try TestToken.make(by: .hmac(TestKeys.secret)).split(separator: ".")
        let other = try TestToken.make(payload: #"{"sub":"eve","exp":1000060}"#).split(separator: ".")
        #expect(try await verifier.refusal(of: "\(token[0]).\(other[1]).\(token[2])") == .wrongSignature)
        #expect(try await verifier.refusal(of: "\(other[0]).\(token[1]).\(token[2])") == .wrongSignature)
    }
}

extension TestToken {
    /// A token of somebody who has no key.
    fileprivate static func make(payload: String) throws -> String { try Self.make(#"{"alg":"HS256","x":1}"#, payload, by: .garbage) }
}
