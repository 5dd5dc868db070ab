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

/// What a store keeps of an ``APIKey``. Whoever steals it has no key.
public struct APIKeyRecord: Hashable, Codable, Sendable {
    /// The key's id.
    public let id: String
    /// The SHA-256 of the whole key: 32 bytes.
    public let digest: Data
    /// Whose key it is. Connections are found under this name.
    public let userID: String
    /// What the key is good for, in the application's own words.
    public var scopes: Set<String>
    /// When the key stops being valid; `nil` when it does not.
    public var expiresAt: Date?

    /// Makes the record of a key that is there, such as one from the environment.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - userID: whose key it is.
    ///   - scopes: what it is good for.
    ///   - expiresAt: when it stops being valid; `nil` when it does not.
    public init(_ key: APIKey, userID: String, scopes: Set<String> = [], expiresAt: Date? = nil) {
        self.init(id: key.id, digest: Data(key.digest), userID: userID, scopes: scopes, expiresAt: expiresAt)
    }

    /// Makes a record from the columns of a table.
    ///
    /// - Parameters:
    ///   - id: the key's id.
    ///   - digest: the SHA-256 of the whole key. No key is good for one that is not 32 bytes long.
    ///   - userID: whose key it is.
    ///   - scopes: what it is good for.
    ///   - expiresAt: when it stops being valid; `nil` when it does not.
    public init(id: String, digest: Data, userID: String, scopes: Set<String> = [], expiresAt: Date? = nil) {
        self.id = id
        self.digest = digest
        self.userID = userID
        self.scopes = scopes
        self.expiresAt = expiresAt
    }
}
