//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import JWTKit
import RealtimeCore

extension VerifyingKey {
    /// The key of a JWK, with its one algorithm: JWTKit would take one that is named by the first token, good or bad.
    ///
    /// - Throws: for a key that cannot be used. The text is to be put behind the key's name.
    static func jwk(_ document: KeyDocument) async throws(RealtimeError) -> VerifyingKey {
        let algorithm = try Self.algorithm(of: document)
        switch algorithm.family {
        case .hmac:
            throw RealtimeError(.invalidConfiguration, "a secret has no place in a set of public keys")
        case .rsa, .pss:
            guard document.type == "RSA", let modulus = Self.number(document.modulus), let exponent = Self.number(document.exponent) else {
                throw Self.unreadable(algorithm)
            }
            return try await Self.rsa(algorithm, id: document.id) { try Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent) }
        case .ecdsa:
            // JWTKit does not look at the curve, and takes any two texts that are long enough together.
            let byteCount = (algorithm.bits == 512 ? 521 : algorithm.bits).ceilingBytes
            guard document.type == "EC", Self.ecdsa(curve: document.curve) == algorithm,
                let x = Self.number(document.x, byteCount: byteCount), let y = Self.number(document.y, byteCount: byteCount)
            else { throw Self.unreadable(algorithm) }
            return try await VerifyingKey(id: document.id, algorithm: algorithm) { collection in
                switch algorithm.bits {
                case 256: await collection.add(ecdsa: try ES256PublicKey(parameters: (x, y)))
                case 384: await collection.add(ecdsa: try ES384PublicKey(parameters: (x, y)))
                default: await collection.add(ecdsa: try ES512PublicKey(parameters: (x, y)))
                }
            }
        case .edDSA:
            guard document.type == "OKP", document.curve == "Ed25519", let x = Self.number(document.x, byteCount: 32) else {
                throw Self.unreadable(algorithm)
            }
            return try await VerifyingKey(id: document.id, algorithm: algorithm) { collection in
                await collection.add(eddsa: try EdDSA.PublicKey(x: x, curve: .ed25519))
            }
        }
    }

    private static func algorithm(of document: KeyDocument) throws(RealtimeError) -> JWTKeyAlgorithm {
        if let name = document.algorithm {
            guard let algorithm = JWTKeyAlgorithm(named: name) else {
                throw RealtimeError(.invalidConfiguration, "its algorithm is not supported; RS, PS, ES and EdDSA are accepted")
            }
            return algorithm
        }
        switch document.type {
        case "RSA": return .rs256
        case "OKP" where document.curve == "Ed25519": return .edDSA
        case "EC": if let algorithm = Self.ecdsa(curve: document.curve) { return algorithm }
        default: break
        }
        throw RealtimeError(
            .invalidConfiguration,
            "its kind is not supported; RSA, EC with P-256, P-384 or P-521, and OKP with Ed25519 are accepted"
        )
    }

    private static func ecdsa(curve: String?) -> JWTKeyAlgorithm? {
        switch curve {
        case "P-256": .es256
        case "P-384": .es384
        case "P-521": .es512
        default: nil
        }
    }

    /// A text if it is a number in base64url (RFC 7518 §2), and has this many bytes.
    private static func number(_ text: String?, byteCount: Int? = nil) -> String? {
        guard let text, let bytes = Base64URL.decode(Array(text.utf8)[...]), !bytes.isEmpty, bytes.count == byteCount ?? bytes.count else {
            return nil
        }
        return text
    }

    private static func unreadable(_ algorithm: JWTKeyAlgorithm) -> RealtimeError {
        RealtimeError(.invalidConfiguration, "it is no key for \(algorithm)")
    }
}

extension Int {
    /// Bits in bytes.
    fileprivate var ceilingBytes: Int { (self + 7) / 8 }
}
