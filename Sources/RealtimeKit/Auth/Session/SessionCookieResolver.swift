//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

/// Recognises users by the cookie of a server-side session.
///
/// ```swift
/// let auth = SessionCookieResolver(sessions) { session in try await users.find(session.userID) }
/// ```
///
/// A cookie that is malformed, there twice, unknown, expired or revoked is refused, as every bad credential is; it never makes a request
/// anonymous. A browser that holds an outdated cookie therefore gets 401 from all that stands behind the resolver, until the cookie is gone.
/// So put neither the page that signs in nor the routes that sign in and out behind it, as middleware or otherwise: signing in replaces
/// the cookie, signing out clears it. The resolver itself does not clear it. The refusal of a request that was under way while the user signed
/// in would take away the new cookie.
///
/// Browsers send the cookie with requests that strangers' pages make. ``OriginPolicy`` keeps those from opening WebSockets.
public struct SessionCookieResolver<User: Sendable>: AuthResolver {
    private let sessions: SessionManager
    private let userID: (@Sendable (User) -> String)?
    private let user: @Sendable (SessionRecord) async throws -> User?

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - sessions: where the sessions are, and the name of the cookie.
    ///   - userID: the name under which a user's connections are found; by default ``SessionRecord/userID``.
    ///   - user: finds the user of a session; `nil` when there is none any more, which refuses the request. An error that it throws refuses
    ///     the request for the time being.
    public init(
        _ sessions: SessionManager,
        userID: (@Sendable (User) -> String)? = nil,
        user: @escaping @Sendable (SessionRecord) async throws -> User?
    ) {
        self.sessions = sessions
        self.userID = userID
        self.user = user
    }

    /// True: browsers send a cookie by themselves.
    public var isAmbient: Bool { true }

    /// Looks for the cookie, for its session, and for the session's user.
    ///
    /// - Throws: what the store and the closure throw.
    public func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User> {
        switch PresentedCredential.cookie(self.sessions.cookie.name, of: request) {
        case .absent: .none
        case .malformed: .rejected
        case .one(let id): try await self.resolve(id: id)
        }
    }

    private func resolve(id: String) async throws -> AuthOutcome<User> {
        guard let session = try await self.sessions.find(id), let user = try await self.user(session) else { return .rejected }
        return .user(
            Authentication(
                user: user,
                userID: self.userID?(user) ?? session.userID,
                method: .session,
                isAmbient: true,
                expiresAt: session.expiresAt,
                sessionID: session.digest.description
            )
        )
    }
}
