//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// Who may go on, and with what.
extension ConnectionManager {
    /// What refuses those who were kicked.
    public nonisolated var denyList: DenyList { self.engine.denyList }

    /// Ends all connections of a user, those of other managers with the same ``denyList`` too, and refuses the user; see
    /// ``DenyList/kick(user:for:)``.
    ///
    /// - Returns: how many connections there were.
    @discardableResult
    public nonisolated func kick(user userID: String, for duration: Duration? = nil) -> Int {
        self.denyList.kick(user: userID, for: duration)
    }

    /// Ends all connections of a session, and refuses it; see ``DenyList/kick(session:for:)``.
    ///
    /// - Returns: how many connections there were.
    @discardableResult
    public nonisolated func kick(session sessionID: String, for duration: Duration? = nil) -> Int {
        self.denyList.kick(session: sessionID, for: duration)
    }

    /// Ends all connections of a token or key, and refuses it; see ``DenyList/kick(token:for:)``.
    ///
    /// - Returns: how many connections there were.
    @discardableResult
    public nonisolated func kick(token tokenID: String, for duration: Duration? = nil) -> Int {
        self.denyList.kick(token: tokenID, for: duration)
    }

    /// Ends a connection and refuses its credential: the token or key, or else the session, or else the user, with all their other connections.
    /// One that is anonymous is ended alone, as nothing would tell it from others when it comes back.
    ///
    /// - Returns: how many connections there were.
    @discardableResult
    public nonisolated func kick(_ id: ConnectionID, for duration: Duration? = nil) -> Int {
        guard let authority = self.hub.authority(of: id) else { return self.hub.end([id], .kicked) }
        if let token = authority.tokenID { return self.denyList.kick(token: token, for: duration) }
        if let session = authority.sessionID { return self.denyList.kick(session: session, for: duration) }
        guard let user = authority.userID else { return self.hub.end([id], .kicked) }
        return self.denyList.kick(user: user, for: duration)
    }

    /// Asks the hooks and patterns anew about all that the connections of a user are subscribed to or have joined, and takes away what they
    /// deny. For when a user's rights have changed. The clients are told.
    ///
    /// Hooks get what they got before, but for event streams: there `request` has no more than the path, and `context` is one of Hummingbird's
    /// own.
    ///
    /// - Returns: how many connections that concerned, when all hooks have answered.
    @discardableResult
    public nonisolated func reauthorize(user userID: String) async -> Int {
        await self.hub.reauthorize(self.connections(ofUser: userID))
    }
}
