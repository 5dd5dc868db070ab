//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// A session that has just got its id. This is the only time that the server knows the id: give it to the client, and keep it nowhere.
public struct IssuedSession: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The secret for the client's cookie; see ``SessionCookie/login(_:)``.
    public let id: String
    /// What the server keeps.
    public let record: SessionRecord
    /// How long the session can last from now.
    public let timeToLive: Duration

    init(id: String, record: SessionRecord, timeToLive: Duration) {
        self.id = id
        self.record = record
        self.timeToLive = timeToLive
    }

    /// The digest, never the id: this may come into a log.
    public var description: String { "session \(self.record.digest)" }

    /// The same as ``description``.
    public var debugDescription: String { self.description }
}
