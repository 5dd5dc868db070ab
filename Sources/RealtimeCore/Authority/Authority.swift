//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What a connection was opened with, as far as the engine has to know.
package struct Authority: Hashable, Sendable {
    package let userID: String?
    package let sessionID: String?
    package let tokenID: String?
    package let expiresAt: Date?
    package let scopes: Set<String>

    package init(
        userID: String?,
        sessionID: String? = nil,
        tokenID: String? = nil,
        expiresAt: Date? = nil,
        scopes: Set<String> = []
    ) {
        self.userID = userID
        self.sessionID = sessionID
        self.tokenID = tokenID
        self.expiresAt = expiresAt
        self.scopes = scopes
    }

    /// The same with a session that has got another id.
    func with(sessionID: String) -> Authority {
        Authority(userID: self.userID, sessionID: sessionID, tokenID: self.tokenID, expiresAt: self.expiresAt, scopes: self.scopes)
    }

    /// What could be denied of it.
    package var subjects: [DenyTable.Subject] {
        [self.userID.map { .user($0) }, self.sessionID.map { .session($0) }, self.tokenID.map { .token($0) }].compactMap { $0 }
    }
}
