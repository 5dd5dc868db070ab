//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

/// Recognises users by `Authorization: Bearer` (RFC 6750 §2.1) with a token that only the application can read.
///
/// ```swift
/// BearerTokenResolver { token in try await users.find(token: token) }
/// ```
///
/// More than one `Authorization`, an empty token and one of more than 8 KiB are refused without asking. Compare tokens by a digest, not
/// themselves: a store that is stolen then opens nothing, and nobody learns from how long an answer takes.
public struct BearerTokenResolver<User: Sendable>: TokenAuthResolver {
    private let check: @Sendable (String) async throws -> Authentication<User>?

    /// Makes a resolver.
    ///
    /// - Parameter check: finds out whose a token is; `nil` for nobody's, which refuses the request. An error that it throws refuses the
    ///   request for the time being.
    public init(authentication check: @escaping @Sendable (String) async throws -> Authentication<User>?) {
        self.check = check
    }

    /// Makes a resolver of users.
    ///
    /// - Parameters:
    ///   - userID: the name under which a user's connections are found; without it calls by user match nobody.
    ///   - user: finds out whose a token is; `nil` for nobody's, which refuses the request.
    public init(userID: (@Sendable (User) -> String)? = nil, user: @escaping @Sendable (String) async throws -> User?) {
        self.init { token in
            try await user(token).map { Authentication(user: $0, userID: userID?($0), method: .bearer) }
        }
    }

    /// Makes a resolver of users whose connections are found by their `id`.
    ///
    /// - Parameter user: finds out whose a token is; `nil` for nobody's, which refuses the request.
    public init(user: @escaping @Sendable (String) async throws -> User?) where User: Identifiable {
        self.init(userID: { String(describing: $0.id) }, user: user)
    }

    /// Looks for a bearer token and asks whose it is.
    public func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User> {
        switch PresentedCredential.bearer(of: request) {
        case .absent: .none
        case .malformed: .rejected
        case .one(let token): try await self.resolve(token: token)
        }
    }

    /// Asks whose a token is.
    public func resolve(token: String) async throws -> AuthOutcome<User> {
        guard !token.isEmpty, token.utf8.count <= PresentedCredential.maxBytes else { return .rejected }
        return try await self.check(token).map { .user($0) } ?? .rejected
    }
}
