//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The text of a JWK Set (RFC 7517 §5).
struct KeySetDocument: Decodable, Sendable {
    /// One of its keys.
    enum Entry: Decodable, Sendable {
        case key(KeyDocument)
        /// An object with members of the wrong kind, or none.
        case malformed

        init(from decoder: any Decoder) {
            guard let key = try? KeyDocument(from: decoder) else {
                self = .malformed
                return
            }
            self = .key(key)
        }
    }

    let keys: [Entry]
}

/// The text of a JWK (RFC 7517 §4) as far as it is about a public key. The private members of one that should not have been given away are
/// not read.
struct KeyDocument: Decodable, Sendable {
    private enum CodingKeys: String, CodingKey {
        case type = "kty"
        case use
        case operations = "key_ops"
        case algorithm = "alg"
        case id = "kid"
        case curve = "crv"
        case modulus = "n"
        case exponent = "e"
        case x
        case y
    }

    let type: String
    let use: String?
    let operations: [String]?
    let algorithm: String?
    let id: String?
    let curve: String?
    let modulus: String?
    let exponent: String?
    let x: String?
    let y: String?

    /// Whether the key is there to verify signatures, or for whatever one likes.
    var isForSignatures: Bool {
        if let use, use != "sig" { return false }
        return self.operations?.contains("verify") ?? true
    }
}
