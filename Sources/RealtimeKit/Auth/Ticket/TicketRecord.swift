//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a store keeps of a ticket: for whom it was issued, and for what. The ticket itself is not in it.
public struct TicketRecord: Hashable, Codable, Sendable {
    /// Whose ticket it is.
    public let userID: String
    /// The path that it opens.
    public let path: String
    /// The origin of the page that asked for it, which is the only one that may use it; `nil` when no page did.
    public let origin: String?
    /// When the ticket stops being valid. That is soon, and says nothing about the connection.
    public let expiresAt: Date
    /// When the credential that it was issued for stops being valid: the ``Authentication/expiresAt`` of a connection that the ticket opens; `nil`
    /// when it does not.
    public private(set) var authorityExpiresAt: Date?
    /// The session that it was issued for; `nil` without one.
    public let sessionID: String?
    /// The id of the token or key that it was issued for; `nil` without one.
    public let tokenID: String?
    /// What the credential that it was issued for is good for.
    public let scopes: Set<String>

    init(userID: String, path: String, origin: Origin?, expiresAt: Date, authority: Authentication<some Sendable>) {
        self.userID = userID
        self.path = path
        self.origin = origin?.description
        self.expiresAt = expiresAt
        self.authorityExpiresAt = authority.expiresAt
        self.sessionID = authority.sessionID
        self.tokenID = authority.tokenID
        self.scopes = authority.scopes
    }

    /// The same with another end of the authority.
    func with(authorityExpiresAt: Date) -> TicketRecord {
        var record = self
        record.authorityExpiresAt = authorityExpiresAt
        return record
    }

    /// The authority of a connection that the ticket opens.
    func authentication<User: Sendable>(of user: User, responseHeaders: HTTPFields? = nil) -> Authentication<User> {
        Authentication(
            user: user,
            userID: self.userID,
            method: .ticket,
            expiresAt: self.authorityExpiresAt,
            sessionID: self.sessionID,
            tokenID: self.tokenID,
            scopes: self.scopes,
            responseHeaders: responseHeaders
        )
    }
}
