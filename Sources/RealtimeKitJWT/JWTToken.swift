//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// A token in its parts (RFC 7515 §7.1). Nothing of it is verified.
struct JWTToken: Sendable {
    /// A longer token is none.
    static let maxBytes = 8 << 10

    /// The algorithm that the token names.
    let algorithm: JWTKeyAlgorithm
    /// The key that the token names.
    let keyID: String?
    let payload: JSONMembers
    let signature: [UInt8]
    /// What the signature is made for.
    let signed: ArraySlice<UInt8>

    init(_ text: String) throws(JWTRefusal) {
        guard text.utf8.count <= Self.maxBytes else { throw .malformed }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3,
            let header = Base64URL.decode(parts[0]).flatMap(JSONMembers.init),
            let payload = Base64URL.decode(parts[1]).flatMap(JSONMembers.init),
            let signature = Base64URL.decode(parts[2]),
            !signature.isEmpty
        else { throw .malformed }
        // Whoever sets `crit` wants tokens refused by those who do not know what it names. Members that name or bring keys (`jku`, `jwk`,
        // `x5u`, `x5c`) are not looked at: the keys of an issuer are known without the token.
        guard !header.has("crit") else { throw .unsupportedHeader }
        if let type = try header.text("typ", else: .unsupportedHeader), !Self.isKnownType(type) { throw .unsupportedHeader }
        guard let name = try header.text("alg", else: .wrongAlgorithm), let algorithm = JWTKeyAlgorithm(named: name) else {
            throw .wrongAlgorithm
        }
        self.algorithm = algorithm
        self.keyID = try header.text("kid", else: .unsupportedHeader)
        self.payload = payload
        self.signature = signature
        self.signed = bytes[..<parts[1].endIndex]
    }

    /// An access token (RFC 9068 §4) or one that says no more than that it is a token; not one that is signed for another purpose.
    private static func isKnownType(_ type: String) -> Bool {
        ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(type.lowercased())
    }
}
