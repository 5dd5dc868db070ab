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

/// What the server keeps of a session. The session's id is not part of it, only its digest.
public struct SessionRecord: Hashable, Sendable, Codable {
    /// The digest of the session's id, by which stores find it.
    public var digest: SessionDigest
    /// Whose session it is.
    public let userID: String
    /// The user's epoch when the session was made, `nil` if there was none: a session of another epoch than the user's is revoked.
    public let epoch: String?
    /// When the session was made. A new id does not make it younger.
    public let createdAt: Date
    /// When the session was last seen to be used; see ``SessionManager/Configuration/idleTime`` for how exact that is.
    public var lastUsedAt: Date
    /// When the session ends, used or not.
    public var expiresAt: Date
    /// What the application keeps with the session.
    public var data: [String: String]

    /// Makes a record. Stores do, of what they have read.
    public init(
        digest: SessionDigest,
        userID: String,
        epoch: String?,
        createdAt: Date,
        lastUsedAt: Date,
        expiresAt: Date,
        data: [String: String] = [:]
    ) {
        self.digest = digest
        self.userID = userID
        self.epoch = epoch
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.data = data
    }
}
