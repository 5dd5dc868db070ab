//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A user who has been recognised, and how.
public struct Authentication<User: Sendable>: Sendable {
    /// The application's user.
    public let user: User
    /// The name under which messages for the user and filters find the connection; `nil` when the user has none, and then calls by user
    /// match nobody.
    public let userID: String?
    /// How the user was recognised.
    public let method: AuthenticationMethod
    /// Whether a browser sends the credential by itself (a cookie), so that the page that asks may be a stranger's.
    public let isAmbient: Bool
    /// When the credential stops being valid; `nil` when it does not.
    public let expiresAt: Date?
    /// The session that the credential names, in the form that the session store knows it by, which opens nothing; `nil` without one.
    public let sessionID: String?
    /// The id of the token or key itself (a JWT's `jti`, an API key's id), not the secret; `nil` without one.
    public let tokenID: String?
    /// What the credential is good for, in the application's own words; empty when it says nothing about that.
    public let scopes: Set<String>
    /// What the answer to the request has to bring, such as a cookie; `nil` for nothing, as mostly. Endpoints and ``AuthenticationMiddleware`` see to it; a route
    /// that asks a resolver itself appends it to its response.
    public private(set) var responseHeaders: HTTPFields?

    /// Makes an authentication.
    public init(
        user: User,
        userID: String?,
        method: AuthenticationMethod,
        isAmbient: Bool = false,
        expiresAt: Date? = nil,
        sessionID: String? = nil,
        tokenID: String? = nil,
        scopes: Set<String> = [],
        responseHeaders: HTTPFields? = nil
    ) {
        self.user = user
        self.userID = userID
        self.method = method
        self.isAmbient = isAmbient
        self.expiresAt = expiresAt
        self.sessionID = sessionID
        self.tokenID = tokenID
        self.scopes = scopes
        self.responseHeaders = responseHeaders
    }

    /// The same for another idea of a user.
    package func with<Other: Sendable>(user: Other) -> Authentication<Other> {
        Authentication<Other>(
            user: user,
            userID: self.userID,
            method: self.method,
            isAmbient: self.isAmbient,
            expiresAt: self.expiresAt,
            sessionID: self.sessionID,
            tokenID: self.tokenID,
            scopes: self.scopes,
            responseHeaders: self.responseHeaders
        )
    }

    /// The same once the answer has been given.
    var withoutResponseHeaders: Authentication {
        var authentication = self
        authentication.responseHeaders = nil
        return authentication
    }

    /// The same for those who do not know the application's user type.
    var erased: Authentication<any Sendable> { self.with(user: self.user as any Sendable) }
}
