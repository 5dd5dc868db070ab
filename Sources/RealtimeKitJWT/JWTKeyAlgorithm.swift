//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// A signature algorithm of JSON Web Tokens (RFC 7518 §3.1, RFC 8037 §3.1). There is none for unsigned tokens.
///
/// A key is for one algorithm, and a token's `alg` has to name that one.
public struct JWTKeyAlgorithm: Hashable, Sendable, CustomStringConvertible {
    /// What kind of key an algorithm takes.
    enum Family: Sendable {
        case hmac
        case rsa
        case pss
        case ecdsa
        case edDSA
    }

    /// HMAC with SHA-256: a secret of at least 32 bytes, which signer and server share.
    public static let hs256 = JWTKeyAlgorithm("HS256", .hmac, 256)
    /// HMAC with SHA-384: a secret of at least 48 bytes, which signer and server share.
    public static let hs384 = JWTKeyAlgorithm("HS384", .hmac, 384)
    /// HMAC with SHA-512: a secret of at least 64 bytes, which signer and server share.
    public static let hs512 = JWTKeyAlgorithm("HS512", .hmac, 512)
    /// RSASSA-PKCS1-v1_5 with SHA-256: an RSA key of at least 2048 bits.
    public static let rs256 = JWTKeyAlgorithm("RS256", .rsa, 256)
    /// RSASSA-PKCS1-v1_5 with SHA-384: an RSA key of at least 2048 bits.
    public static let rs384 = JWTKeyAlgorithm("RS384", .rsa, 384)
    /// RSASSA-PKCS1-v1_5 with SHA-512: an RSA key of at least 2048 bits.
    public static let rs512 = JWTKeyAlgorithm("RS512", .rsa, 512)
    /// RSASSA-PSS with SHA-256: an RSA key of at least 2048 bits.
    public static let ps256 = JWTKeyAlgorithm("PS256", .pss, 256)
    /// RSASSA-PSS with SHA-384: an RSA key of at least 2048 bits.
    public static let ps384 = JWTKeyAlgorithm("PS384", .pss, 384)
    /// RSASSA-PSS with SHA-512: an RSA key of at least 2048 bits.
    public static let ps512 = JWTKeyAlgorithm("PS512", .pss, 512)
    /// ECDSA with P-256 and SHA-256.
    public static let es256 = JWTKeyAlgorithm("ES256", .ecdsa, 256)
    /// ECDSA with P-384 and SHA-384.
    public static let es384 = JWTKeyAlgorithm("ES384", .ecdsa, 384)
    /// ECDSA with P-521 and SHA-512.
    public static let es512 = JWTKeyAlgorithm("ES512", .ecdsa, 512)
    /// EdDSA with Ed25519.
    public static let edDSA = JWTKeyAlgorithm("EdDSA", .edDSA, 512)

    private static let all = [hs256, hs384, hs512, rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, edDSA]

    /// The name in a token's `alg`.
    public let description: String
    let family: Family
    /// The size of the digest.
    let bits: Int

    private init(_ name: String, _ family: Family, _ bits: Int) {
        self.description = name
        self.family = family
        self.bits = bits
    }

    /// The algorithm of a name, letter by letter; `nil` for every other text.
    init?(named name: String) {
        // By bytes: to Swift, texts are the same that Unicode calls equivalent.
        guard let found = Self.all.first(where: { $0.description.utf8.elementsEqual(name.utf8) }) else { return nil }
        self = found
    }
}
