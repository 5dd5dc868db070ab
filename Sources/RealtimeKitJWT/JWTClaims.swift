//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a token says that ``JWTVerifier`` has found to be good (RFC 7519 §4.1).
public struct JWTClaims: Sendable {
    /// Whom the token is about: `sub`. Empty only where ``JWTVerifier/Configuration/requiresSubject`` is off.
    public let subject: String
    /// Who made the token: `iss`. It is checked when issuers are configured by name.
    public let issuer: String?
    /// For whom it was made: `aud`, empty without it.
    public let audience: [String]
    /// When it stops being valid: `exp`. `nil` only where ``JWTVerifier/Configuration/requiresExpiry`` is off.
    public let expiresAt: Date?
    /// From when on it is valid: `nbf`.
    public let notBefore: Date?
    /// When it was made: `iat`.
    public let issuedAt: Date?
    /// The id of the token: `jti`.
    public let id: String?
    /// The session at the issuer: `sid`.
    public let sessionID: String?
    /// What the token is good for: `scope`, or else `scp` or `scopes`, a text with spaces (RFC 8693 §4.2) or an array. Values of another
    /// kind are none.
    public let scopes: Set<String>

    private let payload: [UInt8]

    /// Decodes the claims as a type of the application's own. Dates are seconds since 1970, as in all claims.
    ///
    /// - Throws: ``JWTRefusal/invalidClaim`` when they are not such. Thrown on out of a resolver's closure it refuses the token.
    public func decode<Claims: Decodable>(as type: Claims.Type = Claims.self) throws -> Claims {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        do {
            return try decoder.decode(type, from: Data(self.payload))
        } catch {
            // The decoder's own error may quote claims.
            throw JWTRefusal.invalidClaim
        }
    }

    /// Reads claims and checks what kind of values they are, nothing else.
    init(_ payload: JSONMembers) throws(JWTRefusal) {
        self.subject = try payload.text("sub", else: .invalidClaim) ?? ""
        self.issuer = try payload.text("iss", else: .invalidClaim)
        self.audience = try payload.texts("aud", else: .invalidClaim) ?? []
        self.expiresAt = try Self.date("exp", in: payload)
        self.notBefore = try Self.date("nbf", in: payload)
        self.issuedAt = try Self.date("iat", in: payload)
        self.id = try payload.text("jti", else: .invalidClaim)
        self.sessionID = try payload.text("sid", else: .invalidClaim)
        self.scopes = Self.scopes(in: payload)
        self.payload = payload.bytes
    }

    /// Years 1970 to 9999: what is outside is no date, and may be more than arithmetic with dates takes.
    private static let seconds: ClosedRange<Double> = 0...253_402_300_799

    private static func date(_ name: String, in payload: JSONMembers) throws(JWTRefusal) -> Date? {
        guard let seconds = try payload.number(name, else: .invalidClaim) else { return nil }
        guard Self.seconds.contains(seconds) else { throw .invalidClaim }
        return Date(timeIntervalSince1970: seconds)
    }

    private static func scopes(in payload: JSONMembers) -> Set<String> {
        guard let name = ["scope", "scp", "scopes"].first(where: payload.has) else { return [] }
        let texts = (try? payload.texts(name, else: .invalidClaim)) ?? []
        return Set(texts.flatMap { $0.split(separator: " ").map(String.init) })
    }
}
