//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Logging
package import RealtimeCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Finds out whether a JSON Web Token is good (RFC 7519, RFC 7515, with the advice of RFC 8725), for any number of handshakes at a time.
///
/// ```swift
/// let verifier = try await JWTVerifier(keys: [.hmac(secret)])
/// ```
///
/// A token is accepted when all of this holds:
///
/// - It has at most 8 KiB, and three parts of unpadded base64url: two JSON objects without doubled members, and a signature.
/// - Its header names an algorithm, the one that the key is for. It has no `crit`, and `typ`, if it is there, is `JWT` or `at+jwt`.
/// - Its `iss` names a configured issuer, if issuers are named, and `kid` one of that issuer's keys; without `kid`, the issuer has to have
///   one key only for the algorithm.
/// - The signature is that key's. Keys that a token brings along or points to do not count.
/// - `exp` is there and not over, `nbf` and `iat` are not to come, each with some leeway.
/// - `aud` holds the issuer's configured audience, if there is one.
/// - `sub` is there and not empty.
public struct JWTVerifier: Sendable {
    private struct Trusted: Sendable {
        let audience: String?
        let ring: KeyRing
    }

    private enum Issuers: Sendable {
        case anonymous(Trusted)
        // Names as bytes: to Swift, texts are the same that Unicode calls equivalent.
        case named([[UInt8]: Trusted])
    }

    private let issuers: Issuers
    private let rules: ClaimRules
    private let now: @Sendable () -> Date

    /// Makes a verifier of the tokens of several issuers, each of which has its own keys.
    ///
    /// - Parameters:
    ///   - issuers: at least one; their names differ.
    ///   - configuration: what tokens have to hold.
    ///   - logger: gets to know when keys cannot be loaded. No token is ever logged.
    ///   - now: the time.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` for keys that are weak or cannot be read, and for
    ///   everything else that cannot work. Keys that are loaded are not loaded yet: see ``loadKeys()``.
    public init(
        issuers: [JWTIssuer],
        configuration: Configuration = Configuration(),
        logger: Logger = Logger(label: "rt.jwt"),
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws {
        try await self.init(issuers: issuers, configuration: configuration, logger: logger, clock: SystemClock(), now: now)
    }

    /// Makes a verifier of the tokens of one issuer whose name does not matter: `iss` is not looked at.
    ///
    /// - Parameters:
    ///   - keys: at least one, and at most one that is loaded.
    ///   - audience: what `aud` has to hold; `nil` when it may hold anything.
    ///   - configuration: what tokens have to hold.
    ///   - logger: gets to know when keys cannot be loaded. No token is ever logged.
    ///   - now: the time.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` for keys that are weak or cannot be read, and for
    ///   everything else that cannot work. Keys that are loaded are not loaded yet: see ``loadKeys()``.
    public init(
        keys: [JWTKeySource],
        audience: String? = nil,
        configuration: Configuration = Configuration(),
        logger: Logger = Logger(label: "rt.jwt"),
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws {
        try configuration.validate()
        let ring = try await KeyRing(keys, issuer: nil, now: now, clock: SystemClock(), logger: logger)
        self.init(.anonymous(Trusted(audience: audience, ring: ring)), configuration, now)
    }

    /// The same with a clock that says how long loads take.
    package init(
        issuers: [JWTIssuer],
        configuration: Configuration,
        logger: Logger,
        clock: any EngineClock,
        now: @escaping @Sendable () -> Date
    ) async throws {
        try configuration.validate()
        guard !issuers.isEmpty else { throw RealtimeError(.invalidConfiguration, "no issuers are given; at least one is accepted") }
        var named: [[UInt8]: Trusted] = [:]
        for issuer in issuers {
            guard !issuer.name.isEmpty else {
                throw RealtimeError(.invalidConfiguration, "the name of an issuer is empty; what its tokens have in iss is accepted")
            }
            let ring = try await KeyRing(issuer.keys, issuer: issuer.name, now: now, clock: clock, logger: logger)
            guard named.updateValue(Trusted(audience: issuer.audience, ring: ring), forKey: Array(issuer.name.utf8)) == nil else {
                throw RealtimeError(.invalidConfiguration, "issuer \(issuer.name) is given twice; once with all its keys is accepted")
            }
        }
        self.init(.named(named), configuration, now)
    }

    private init(_ issuers: Issuers, _ configuration: Configuration, _ now: @escaping @Sendable () -> Date) {
        self.issuers = issuers
        self.now = now
        self.rules = ClaimRules(
            leeway: configuration.leeway.inSeconds,
            requiresExpiry: configuration.requiresExpiry,
            requiresSubject: configuration.requiresSubject
        )
    }

    /// Loads the key sets that are loaded, at once: before the first token, so that it need not wait, or when an issuer has withdrawn a key.
    ///
    /// - Throws: ``JWTKeysUnavailable`` when one cannot be loaded. Keys that are there already stay.
    public func loadKeys() async throws {
        switch self.issuers {
        case .anonymous(let issuer):
            try await issuer.ring.load()
        case .named(let issuers):
            try await withThrowingTaskGroup { group in
                for issuer in issuers.values { group.addTask { try await issuer.ring.load() } }
                try await group.waitForAll()
            }
        }
    }

    /// Checks a token.
    ///
    /// - Returns: what it says.
    /// - Throws: ``JWTRefusal`` for a token that is not accepted; ``JWTKeysUnavailable`` when that cannot be told just now;
    ///   `CancellationError`.
    public func verify(_ token: String) async throws -> JWTClaims {
        let token = try JWTToken(token)
        let issuer = try self.issuer(of: token)
        let key = try await issuer.ring.key(id: token.keyID, algorithm: token.algorithm)
        guard key.verifies(token.signature, of: token.signed) else { throw JWTRefusal.wrongSignature }
        let claims = try JWTClaims(token.payload)
        try self.rules.check(claims, audience: issuer.audience, at: self.now())
        return claims
    }

    /// Whose token it claims to be: that chooses among keys which are all trusted.
    private func issuer(of token: JWTToken) throws(JWTRefusal) -> Trusted {
        switch self.issuers {
        case .anonymous(let issuer):
            return issuer
        case .named(let issuers):
            guard let name = try token.payload.text("iss", else: .unknownIssuer), let issuer = issuers[Array(name.utf8)] else {
                throw .unknownIssuer
            }
            return issuer
        }
    }
}
