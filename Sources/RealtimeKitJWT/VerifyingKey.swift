//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import JWTKit
import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A key and the one algorithm that it is for.
struct VerifyingKey: Sendable {
    /// What tokens call it in `kid`.
    let id: String?
    let algorithm: JWTKeyAlgorithm
    private let verifier: any JWTAlgorithm

    /// Whether a signature is the key's for these bytes.
    func verifies(_ signature: [UInt8], of bytes: ArraySlice<UInt8>) -> Bool {
        // Some algorithms throw for a signature of the wrong size.
        (try? self.verifier.verify(signature, signs: bytes)) ?? false
    }

    /// Has JWTKit make the verifier: it gives them out of a collection only. The collection is not kept, because it is an actor, which every
    /// handshake would wait for.
    init(
        id: String?,
        algorithm: JWTKeyAlgorithm,
        adding add: @Sendable (JWTKeyCollection) async throws -> Void
    ) async throws(RealtimeError) {
        let collection = JWTKeyCollection()
        do {
            try await add(collection)
            self.verifier = try await collection.getKey()
        } catch let error as RealtimeError {
            throw error
        } catch {
            // Not the error itself: it may quote the key.
            throw RealtimeError(.invalidConfiguration, "a key for \(algorithm) cannot be used; \(algorithm.accepted)")
        }
        self.id = id
        self.algorithm = algorithm
    }

    /// A secret.
    static func secret(_ secret: [UInt8], _ algorithm: JWTKeyAlgorithm, id: String?) async throws(RealtimeError) -> VerifyingKey {
        guard algorithm.family == .hmac else {
            throw RealtimeError(.invalidConfiguration, "a secret is given for \(algorithm); HS256, HS384 and HS512 are accepted")
        }
        // RFC 7518 §3.2.
        guard secret.count >= algorithm.bits / 8 else {
            throw RealtimeError(
                .invalidConfiguration,
                "the secret for \(algorithm) is too short; at least \(algorithm.bits / 8) random bytes are accepted"
            )
        }
        // A public key as a secret would let everybody sign.
        guard !String(decoding: secret, as: UTF8.self).contains("-----BEGIN ") else {
            throw RealtimeError(.invalidConfiguration, "the secret for \(algorithm) is a PEM text; random bytes are accepted")
        }
        return try await VerifyingKey(id: id, algorithm: algorithm) { collection in
            await collection.add(hmac: HMACKey(from: secret), digestAlgorithm: algorithm.digest)
        }
    }

    /// A public key as PEM.
    static func pem(_ pem: String, _ algorithm: JWTKeyAlgorithm, id: String?) async throws(RealtimeError) -> VerifyingKey {
        switch algorithm.family {
        case .hmac:
            throw RealtimeError(.invalidConfiguration, "a public key is given for \(algorithm), which takes a secret")
        case .rsa, .pss:
            return try await self.rsa(algorithm, id: id) { try Insecure.RSA.PublicKey(pem: pem) }
        case .ecdsa:
            return try await VerifyingKey(id: id, algorithm: algorithm) { collection in
                switch algorithm.bits {
                case 256: await collection.add(ecdsa: try ES256PublicKey(pem: pem))
                case 384: await collection.add(ecdsa: try ES384PublicKey(pem: pem))
                default: await collection.add(ecdsa: try ES512PublicKey(pem: pem))
                }
            }
        case .edDSA:
            return try await VerifyingKey(id: id, algorithm: algorithm) { collection in
                await collection.add(eddsa: try EdDSA.PublicKey(pem: pem))
            }
        }
    }

    /// A key of RSA.
    static func rsa(
        _ algorithm: JWTKeyAlgorithm,
        id: String?,
        _ read: @escaping @Sendable () throws -> Insecure.RSA.PublicKey
    ) async throws(RealtimeError) -> VerifyingKey {
        try await VerifyingKey(id: id, algorithm: algorithm) { collection in
            let key = try read()
            let (modulus, exponent) = try key.getKeyPrimitives()
            // JWTKit counts whole bytes; and with an exponent of 1, every text would be its own signature.
            guard (2048...8192).contains(Self.bitCount(of: modulus)), Self.bitCount(of: exponent) >= 2, exponent.last.map({ $0 & 1 }) == 1 else {
                throw RealtimeError(.invalidConfiguration, "a key for \(algorithm) is weak or unusual; \(algorithm.accepted)")
            }
            if algorithm.family == .pss {
                await collection.add(pss: key, digestAlgorithm: algorithm.digest)
            } else {
                await collection.add(rsa: key, digestAlgorithm: algorithm.digest)
            }
        }
    }

    /// The length of a number in big-endian bytes.
    private static func bitCount(of number: Data) -> Int {
        let digits = number.drop { $0 == 0 }
        guard let first = digits.first else { return 0 }
        return digits.count * 8 - first.leadingZeroBitCount
    }
}

extension JWTKeyAlgorithm {
    /// What to tell whoever gave something else.
    fileprivate var accepted: String {
        switch self.family {
        case .hmac: "a secret of at least \(self.bits / 8) bytes is accepted"
        case .rsa, .pss: "a public key of RSA with 2048 to 8192 bits and an odd exponent from 3 on is accepted"
        case .ecdsa: "a public key of P-\(self.bits == 512 ? 521 : self.bits) is accepted"
        case .edDSA: "a public key of Ed25519 is accepted"
        }
    }

    fileprivate var digest: DigestAlgorithm {
        switch self.bits {
        case 256: .sha256
        case 384: .sha384
        default: .sha512
        }
    }
}
