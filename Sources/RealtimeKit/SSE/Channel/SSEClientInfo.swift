//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import RealtimeCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A client of an ``SSEChannel``.
public struct SSEClientInfo: Sendable {
    /// Its name on the channel: the one it was given, or else the digits of ``connectionID``.
    public let id: String
    /// The connection.
    public let connectionID: ConnectionID
    /// Whose it is; `nil` unless the route said so.
    public let userID: String?
    /// When it connected.
    public let connectedAt: Date
    /// What the route keeps beside it.
    public let metadata: ConnectionMetadata
}
