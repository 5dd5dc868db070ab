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

/// What `onDisconnect` is told.
public struct DisconnectInfo<User: Sendable>: Sendable {
    /// The connection that is gone.
    public let id: ConnectionID
    /// Whose connection it was; `nil` for anonymous ones.
    public let authentication: Authentication<User>?
    /// When it was accepted.
    public let connectedAt: Date
    /// Why it ended.
    public let reason: DisconnectReason

    /// Whose connection it was; `nil` for anonymous ones.
    public var user: User? { self.authentication?.user }
    /// The id of that user, where it has one.
    public var userID: String? { self.authentication?.userID }
}
