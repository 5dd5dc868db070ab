//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird
import Logging
public import RealtimeKit

/// Recognises users by a JSON Web Token, in `Authorization: Bearer` or in a cookie.
///
/// ```swift
/// let verifier = try await JWTVerifier(keys: [.hmac(secret)])
/// let auth = AuthResolverChain {
///     JWTResolver(verifier) { claims in try await users.find(claims.subject) }
///     JWTResolver(verifier, source: .cookie("jwt")) { claims in try await users.find(claims.subject) }
/// }
/// ```
///
/// A token that is there and that ``JWTVerifier`` does not accept refuses the request, whatever else it brings. So does a bearer token that is
/// no JSON Web Token at all.
public struct JWTResolver<User: Sendable>: TokenAuthResolver {
    /// Where in a request the token is.
    public struct Source: Hashable, Sendable {
        /// `Authorization: Bearer` (RFC 6750 §2.1). The default.
        public static var bearer: Source { Source(cookie: nil) }

        /// A cookie. Browsers send it by themselves, so ``JWTResolver/isAmbient`` is true; and it should be `Secure`, `HttpOnly` and
        /// `SameSite`.
        ///
        /// - Parameter name: the cookie's name, in exactly these letters. A name that no cookie can have finds none.
        public static func cookie(_ name: String) -> Source { Source(cookie: name) }

        fileprivate let cookie: String?
    }

    private let verifier: JWTVerifier
    private let source: Source
    private let userID: @Sendable (User, JWTClaims) -> String?
    private let user: @Sendable (JWTClaims) async throws -> User?

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - verifier: says which tokens are good.
    ///   - source: where the token is.
    ///   - userID: the name under which a user's connections are found; by default the token's `sub`.
    ///   - user: finds out whom a good token is about; `nil` for nobody, which refuses the request. So does a ``JWTRefusal`` that it throws;
    ///     any other error refuses the request for the time being.
    public init(
        _ verifier: JWTVerifier,
        source: Source = .bearer,
        userID: (@Sendable (User) -> String)? = nil,
        user: @escaping @Sendable (JWTClaims) async throws -> User?
    ) {
        self.verifier = verifier
        self.source = source
        self.userID = { user, claims in userID.map { $0(user) } ?? (claims.subject.isEmpty ? nil : claims.subject) }
        self.user = user
    }

    /// Makes a resolver of users whose connections are found by their `id`.
    ///
    /// - Parameters:
    ///   - verifier: says which tokens are good.
    ///   - source: where the token is.
    ///   - user: finds out whom a good token is about; `nil` for nobody, which refuses the request. So does a ``JWTRefusal`` that it throws;
    ///     any other error refuses the request for the time being.
    public init(
        _ verifier: JWTVerifier,
        source: Source = .bearer,
        user: @escaping @Sendable (JWTClaims) async throws -> User?
    ) where User: Identifiable {
        self.init(verifier, source: source, userID: { String(describing: $0.id) }, user: user)
    }

    /// Whether the token is in a cookie.
    public var isAmbient: Bool { self.source.cookie != nil }

    /// Looks for a token, checks it and asks whom it is about.
    public func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User> {
        let presented = self.source.cookie.map { PresentedCredential.cookie($0, of: request) } ?? PresentedCredential.bearer(of: request)
        switch presented {
        case .absent:
            return .none
        case .malformed:
            return .rejected
        case .one(let token):
            do {
                return try await self.check(token)
            } catch let refusal as JWTRefusal {
                context.logger.debug("A JSON Web Token was refused", metadata: ["rt.reason": "\(refusal)"])
                return .rejected
            }
        }
    }

    /// Checks a token and asks whom it is about.
    public func resolve(token: String) async throws -> AuthOutcome<User> {
        do {
            return try await self.check(token)
        } catch is JWTRefusal {
            return .rejected
        }
    }

    private func check(_ token: String) async throws -> AuthOutcome<User> {
        let claims = try await self.verifier.verify(token)
        guard let user = try await self.user(claims) else { return .rejected }
        return .user(
            Authentication(
                user: user,
                userID: self.userID(user, claims),
                method: self.isAmbient ? .jwtCookie : .bearer,
                isAmbient: self.isAmbient,
                expiresAt: claims.expiresAt,
                sessionID: claims.sessionID,
                tokenID: claims.id,
                scopes: claims.scopes
            )
        )
    }
}
