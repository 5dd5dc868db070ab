//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Where an issuer's keys come from.
///
/// Keys are public ones, or secrets that are shared with the signer. Printing a source does not show them.
public struct JWTKeySource: Sendable {
    enum Kind: Sendable {
        case secret([UInt8], JWTKeyAlgorithm, id: String?)
        case pem(String, JWTKeyAlgorithm, id: String?)
        case keySet(String)
        case keySetFile(String)
        case loader(KeyLoader)
    }

    let kind: Kind

    /// A secret that is shared with the signer, as a text: its bytes in UTF-8 are the key.
    ///
    /// - Parameters:
    ///   - secret: random, at least as long as the algorithm's digest: 32, 48 or 64 bytes.
    ///   - algorithm: one of HMAC.
    ///   - id: the `kid` of tokens that are signed with it; without it only tokens without a `kid` are meant.
    public static func hmac(_ secret: String, algorithm: JWTKeyAlgorithm = .hs256, id: String? = nil) -> JWTKeySource {
        .hmac(bytes: Array(secret.utf8), algorithm: algorithm, id: id)
    }

    /// A secret that is shared with the signer, as bytes.
    ///
    /// - Parameters:
    ///   - secret: random, at least as long as the algorithm's digest: 32, 48 or 64 bytes.
    ///   - algorithm: one of HMAC.
    ///   - id: the `kid` of tokens that are signed with it; without it only tokens without a `kid` are meant.
    public static func hmac(bytes secret: [UInt8], algorithm: JWTKeyAlgorithm = .hs256, id: String? = nil) -> JWTKeySource {
        JWTKeySource(kind: .secret(secret, algorithm, id: id))
    }

    /// A public key as PEM, `-----BEGIN PUBLIC KEY-----`.
    ///
    /// - Parameters:
    ///   - pem: a key of RSA with 2048 to 8192 bits, of the curve that the algorithm wants, or of Ed25519.
    ///   - algorithm: one of RSA, ECDSA or EdDSA.
    ///   - id: the `kid` of tokens that are signed with it; without it only tokens without a `kid` are meant.
    public static func publicKey(pem: String, algorithm: JWTKeyAlgorithm, id: String? = nil) -> JWTKeySource {
        JWTKeySource(kind: .pem(pem, algorithm, id: id))
    }

    /// A set of public keys, a JWK Set (RFC 7517 §5).
    ///
    /// Keys for encryption are left out; any other key that cannot be used is an error that names it. A key without `alg` is for RS256, EdDSA
    /// or the algorithm of its curve.
    ///
    /// - Parameter json: the set's text.
    public static func jwks(_ json: String) -> JWTKeySource {
        JWTKeySource(kind: .keySet(json))
    }

    /// A set of public keys as in ``jwks(_:)``, from a file that is read once.
    public static func jwks(file path: String) -> JWTKeySource {
        JWTKeySource(kind: .keySetFile(path))
    }

    /// A set of public keys that is loaded when it is needed and from time to time, such as the one at an issuer's `jwks_uri`.
    ///
    /// It is loaded for the first token, or by ``JWTVerifier/loadKeys()``, then again in the background when it is old, and when a token names
    /// a key that it does not hold: never more than one load at a time, and none within the cool-down after another, whatever tokens come.
    /// When a load fails, the keys stay that there are; as long as there are none, tokens cannot be checked and requests are refused for the
    /// time being. Keys that cannot be used are left out. A load that takes more than 30 s has failed.
    ///
    /// - Parameters:
    ///   - coolDown: the shortest time between the end of a load and the next one, 1 s to 1 day.
    ///   - refreshAfter: the age at which the set is loaded anew, 1 s to 30 days. A key that the issuer withdraws is trusted until then.
    ///   - load: gives the set's text, at most 1 MiB. It is told nothing of the token, and no request should be made of one.
    public static func loadedJWKS(
        coolDown: Duration = .seconds(30),
        refreshAfter: Duration = .seconds(600),
        _ load: @escaping @Sendable () async throws -> String
    ) -> JWTKeySource {
        JWTKeySource(kind: .loader(KeyLoader(coolDown: coolDown, refreshAfter: refreshAfter, load: load)))
    }
}

extension JWTKeySource: CustomStringConvertible, CustomReflectable {
    /// The kind of the source, without keys.
    public var description: String {
        switch self.kind {
        case .secret(_, let algorithm, id: _): "JWTKeySource(secret for \(algorithm))"
        case .pem(_, let algorithm, id: _): "JWTKeySource(public key for \(algorithm))"
        case .keySet, .keySetFile: "JWTKeySource(key set)"
        case .loader: "JWTKeySource(key set that is loaded)"
        }
    }

    /// Nothing: what is inside is for nobody's eyes.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
