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

/// Who opened a connection, and how that was proved.
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

    /// Makes an authentication.
    public init(user: User, userID: String?, method: AuthenticationMethod, isAmbient: Bool = false, expiresAt: Date? = nil) {
        self.user = user
        self.userID = userID
        self.method = method
        self.isAmbient = isAmbient
        self.expiresAt = expiresAt
    }

    /// The same for those who do not know the application's user type.
    var erased: Authentication<any Sendable> {
        Authentication<any Sendable>(
            user: self.user,
            userID: self.userID,
            method: self.method,
            isAmbient: self.isAmbient,
            expiresAt: self.expiresAt
        )
    }
}
