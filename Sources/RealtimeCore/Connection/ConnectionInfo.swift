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

/// What a filter, such as `where:` of a broadcast, may decide on.
public struct ConnectionInfo: Sendable {
    /// The connection.
    public let id: ConnectionID
    /// Whose connection it is; `nil` for anonymous connections and for users without a known id.
    public let userID: String?
    /// What the application keeps beside the connection.
    public let metadata: ConnectionMetadata
    /// When the connection was accepted.
    public let connectedAt: Date

    package init(id: ConnectionID, userID: String?, metadata: ConnectionMetadata, connectedAt: Date) {
        self.id = id
        self.userID = userID
        self.metadata = metadata
        self.connectedAt = connectedAt
    }
}
