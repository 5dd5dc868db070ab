//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Who signs tokens: a name, and keys that are nobody else's.
///
/// ```swift
/// JWTIssuer("https://login.example.com/", keys: [.jwks(file: "/etc/app/keys.json")], audience: "https://api.example.com")
/// ```
public struct JWTIssuer: Sendable {
    /// What `iss` has to be, letter by letter (RFC 7519 §4.1.1).
    public let name: String
    /// The keys that verify this issuer's tokens, and no other's.
    public let keys: [JWTKeySource]
    /// What `aud` has to hold (RFC 7519 §4.1.3); `nil` when it may hold anything.
    public let audience: String?

    /// Describes an issuer. ``JWTVerifier`` checks it.
    ///
    /// - Parameters:
    ///   - name: what `iss` has to be, not empty.
    ///   - keys: at least one, and at most one that is loaded.
    ///   - audience: what `aud` has to hold. Set it when the issuer signs tokens for others, too: theirs are accepted otherwise.
    public init(_ name: String, keys: [JWTKeySource], audience: String? = nil) {
        self.name = name
        self.keys = keys
        self.audience = audience
    }
}
