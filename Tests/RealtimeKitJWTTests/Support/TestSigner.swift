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

/// Signs tokens by hand, good and bad ones.
struct TestSigner: Sendable {
    let sign: @Sendable ([UInt8]) throws -> [UInt8]

    /// With HMAC, the secret as it is.
    static func hmac(_ secret: String) -> TestSigner { .hmac(bytes: Array(secret.utf8)) }

    static func hmac(bytes secret: [UInt8], bits: Int = 256) -> TestSigner {
        TestSigner { text in
            let key = SymmetricKey(data: secret)
            return switch bits {
            case 256: Array(HMAC<SHA256>.authenticationCode(for: text, using: key))
            case 384: Array(HMAC<SHA384>.authenticationCode(for: text, using: key))
            default: Array(HMAC<SHA512>.authenticationCode(for: text, using: key))
            }
        }
    }

    static func rsa(_ key: _RSA.Signing.PrivateKey, bits: Int = 256, padding: _RSA.Signing.Padding = .insecurePKCS1v1_5) -> TestSigner {
        TestSigner { text in
            switch bits {
            case 256: Array(try key.signature(for: SHA256.hash(data: text), padding: padding).rawRepresentation)
            case 384: Array(try key.signature(for: SHA384.hash(data: text), padding: padding).rawRepresentation)
            default: Array(try key.signature(for: SHA512.hash(data: text), padding: padding).rawRepresentation)
            }
        }
    }

    static func pss(_ key: _RSA.Signing.PrivateKey, bits: Int = 256) -> TestSigner { .rsa(key, bits: bits, padding: .PSS) }

    static func p256(_ key: P256.Signing.PrivateKey) -> TestSigner { TestSigner { Array(try key.signature(for: $0).rawRepresentation) } }

    static func p384(_ key: P384.Signing.PrivateKey) -> TestSigner { TestSigner { Array(try key.signature(for: $0).rawRepresentation) } }

    static func p521(_ key: P521.Signing.PrivateKey) -> TestSigner { TestSigner { Array(try key.signature(for: $0).rawRepresentation) } }

    static func ed25519(_ key: Curve25519.Signing.PrivateKey) -> TestSigner { TestSigner { Array(try key.signature(for: $0)) } }

    /// Bytes that are nobody's signature.
    static let garbage = TestSigner { _ in Array(repeating: 7, count: 256) }
}
