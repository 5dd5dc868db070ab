//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Why a JSON Web Token is not accepted. It says nothing about what is in the token, so it may be logged.
///
/// Clients are told none of this: all of them get the same 401.
public struct JWTRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not three parts of unpadded base64url with two JSON objects and a signature, a member that is there twice, or more than 8 KiB.
    public static let malformed = JWTRefusal("malformed")
    /// A header with `crit`, with a `typ` other than `JWT` and `at+jwt`, or with a member of the wrong kind.
    public static let unsupportedHeader = JWTRefusal("unsupported_header")
    /// No `alg`, one that is not supported (`none` among them), or another than that of the key.
    public static let wrongAlgorithm = JWTRefusal("wrong_algorithm")
    /// No `iss`, or one that is not configured.
    public static let unknownIssuer = JWTRefusal("unknown_issuer")
    /// A `kid` that the issuer does not have, or none though the issuer has several keys for the algorithm.
    public static let unknownKey = JWTRefusal("unknown_key")
    /// A signature that is not the key's.
    public static let wrongSignature = JWTRefusal("wrong_signature")
    /// A claim that has to be there and is not, or one of the wrong kind.
    public static let invalidClaim = JWTRefusal("invalid_claim")
    /// `exp` is over.
    public static let expired = JWTRefusal("expired")
    /// `nbf` or `iat` is to come.
    public static let notYetValid = JWTRefusal("not_yet_valid")
    /// An `aud` without the configured audience, or none.
    public static let wrongAudience = JWTRefusal("wrong_audience")

    /// The reason as a word, such as `expired`.
    public let description: String

    private init(_ description: String) {
        self.description = description
    }
}
