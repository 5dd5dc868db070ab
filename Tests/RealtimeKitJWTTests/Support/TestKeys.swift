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

/// Keys that tests share, because RSA takes its time.
enum TestKeys {
    static let secret = "a secret of the tests, 32 bytes or more"
    static let p256 = P256.Signing.PrivateKey()
    static let p384 = P384.Signing.PrivateKey()
    static let p521 = P521.Signing.PrivateKey()
    static let ed25519 = Curve25519.Signing.PrivateKey()

    private static let rsaKey = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
    private static let otherKey = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    static var rsa: _RSA.Signing.PrivateKey { get throws { try self.rsaKey.get() } }
    static var otherRSA: _RSA.Signing.PrivateKey { get throws { try self.otherKey.get() } }

    /// RSA with 1024 bits.
    static let weakPEM = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDSEyOLCIFU1FUzPtirXxsUtFab
        X6vclbaBtGHoldSLd+O57pBjjX89zFU+eF5k1bnyK0YI73tGXaUgO+WZT8tAJwhx
        t7xIXXYgUxwAU3RSKqdlQwEg8yyIzgS7PQUbxmi3l8ONtWN/BrG0OWEPDohHlWgV
        WFbQgj0gb3aUIlwYkwIDAQAB
        -----END PUBLIC KEY-----
        """

    /// A JWK of RSA. `more` are further members with a comma behind them.
    static func jwk(_ key: _RSA.Signing.PrivateKey, _ more: String = "") throws -> String {
        let primitives = try key.publicKey.getKeyPrimitives()
        return #"{\#(more)"kty":"RSA","n":"\#(TestToken.encode(primitives.modulus))","e":"\#(TestToken.encode(primitives.publicExponent))"}"#
    }

    static func jwk(_ key: P256.Signing.PublicKey, _ more: String = "") -> String { self.ec(key.x963Representation, "P-256", more) }

    static func jwk(_ key: P384.Signing.PublicKey, _ more: String = "") -> String { self.ec(key.x963Representation, "P-384", more) }

    static func jwk(_ key: P521.Signing.PublicKey, _ more: String = "") -> String { self.ec(key.x963Representation, "P-521", more) }

    static func jwk(_ key: Curve25519.Signing.PublicKey, _ more: String = "") -> String {
        #"{\#(more)"kty":"OKP","crv":"Ed25519","x":"\#(TestToken.encode(key.rawRepresentation))"}"#
    }

    /// A JWK Set.
    static func set(_ keys: String...) -> String { #"{"keys":[\#(keys.joined(separator: ","))]}"# }

    private static func ec(_ point: Data, _ curve: String, _ more: String) -> String {
        let coordinates = Array(point.dropFirst())
        let x = TestToken.encode(Array(coordinates[..<(coordinates.count / 2)]))
        let y = TestToken.encode(Array(coordinates[(coordinates.count / 2)...]))
        return #"{\#(more)"kty":"EC","crv":"\#(curve)","x":"\#(x)","y":"\#(y)"}"#
    }
}
