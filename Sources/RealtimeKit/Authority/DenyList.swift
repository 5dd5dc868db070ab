//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Ends the connections of users, sessions and tokens, and refuses them for as long as their credentials would be good: a client that comes back
/// at once gets 403.
///
/// It holds for all managers that share it, both transports, and one process. The application's own stores are not touched: revoke a session
/// there as well, and give no new tokens.
public final class DenyList: Sendable {
    private struct WeakHub {
        weak var hub: Hub?
    }

    private struct State {
        var table = DenyTable()
        var hubs: [WeakHub] = []
    }

    /// The one that managers use unless they are given another.
    public static let shared = DenyList()
    /// How long is denied what does not say until when it is good.
    public static let defaultDuration: Duration = .seconds(3600)

    private let state = Mutex(State())
    /// Whether there has been an entry: without one, handshakes need no lock.
    private let isUsed = Atomic(false)

    /// Makes a list of its own, which denies nothing.
    public init() {}

    // MARK: Kicking

    /// Ends all connections of a user with 4403 or an event `disconnect`, and refuses the user.
    ///
    /// - Parameters:
    ///   - userID: as in ``Authentication/userID``.
    ///   - duration: how long the user is refused; by default as long as the credentials of these connections are good; an hour for those that do
    ///     not say, and when there are none.
    /// - Returns: how many connections there were.
    @discardableResult
    public func kick(user userID: String, for duration: Duration? = nil) -> Int { self.kick(.user(userID), duration) }

    /// Ends all connections of a session, and refuses it; see ``kick(user:for:)``.
    ///
    /// - Parameter sessionID: as in ``Authentication/sessionID``.
    @discardableResult
    public func kick(session sessionID: String, for duration: Duration? = nil) -> Int { self.kick(.session(sessionID), duration) }

    /// Ends all connections of a token or key, and refuses it; see ``kick(user:for:)``.
    ///
    /// - Parameter tokenID: as in ``Authentication/tokenID``.
    @discardableResult
    public func kick(token tokenID: String, for duration: Duration? = nil) -> Int { self.kick(.token(tokenID), duration) }

    /// Ends the connections of a user that were opened with sessions, and refuses these. Another session is another matter.
    func kickSessions(of userID: String, for duration: Duration) {
        let hubs = self.state.withLock { $0.hubs.compactMap(\.hub) }
        let sessions = hubs.flatMap { $0.connections(whose: { $0.userID == userID }) }.compactMap(\.authority.sessionID)
        for session in Set(sessions) { self.kick(session: session, for: duration) }
    }

    /// A session has got another id: its connections go on, as those of the new id. What was let in with the old one and connects only now is
    /// refused.
    func replace(session: String, by other: String, for duration: Duration) {
        for hub in self.state.withLock({ $0.hubs.compactMap(\.hub) }) { hub.rename(session: session, to: other) }
        self.kick(session: session, for: duration)
    }

    /// Refuses a user no longer.
    ///
    /// - Returns: whether it was refused.
    @discardableResult
    public func allow(user userID: String) -> Bool { self.state.withLock { $0.table.allow(.user(userID)) } }

    /// Refuses a session no longer.
    ///
    /// - Returns: whether it was refused.
    @discardableResult
    public func allow(session sessionID: String) -> Bool { self.state.withLock { $0.table.allow(.session(sessionID)) } }

    /// Refuses a token or key no longer.
    ///
    /// - Returns: whether it was refused.
    @discardableResult
    public func allow(token tokenID: String) -> Bool { self.state.withLock { $0.table.allow(.token(tokenID)) } }

    func kick(_ subject: DenyTable.Subject, _ duration: Duration?) -> Int {
        let now = Date.now
        let hubs = self.state.withLock { $0.hubs.compactMap(\.hub) }
        let isMeant: (Authority) -> Bool = { $0.subjects.contains(subject) }
        let end: Date
        if let duration {
            end = now + duration.seconds
        } else {
            let ends = hubs.flatMap { $0.connections(whose: isMeant) }.map { $0.authority.expiresAt ?? now + Self.defaultDuration.seconds }
            end = ends.max() ?? now + Self.defaultDuration.seconds
        }
        self.isUsed.store(true, ordering: .releasing)
        self.state.withLock { $0.table.deny(subject, until: end, now: now) }
        // Only now: whoever is registered from here on finds that it is denied, and whoever was before is found.
        return hubs.reduce(0) { $0 + $1.end($1.connections(whose: isMeant).map(\.id), .kicked) }
    }

    // MARK: Asking

    func denies(_ authority: Authority?) -> Bool {
        guard let authority, self.isUsed.load(ordering: .acquiring) else { return false }
        return self.state.withLock { $0.table.denies(authority.subjects, at: .now) }
    }

    /// The connections of a hub can be kicked.
    func watch(_ hub: Hub) {
        self.state.withLock { state in
            state.hubs.removeAll { $0.hub == nil }
            state.hubs.append(WeakHub(hub: hub))
        }
    }
}

extension Duration {
    fileprivate var seconds: TimeInterval {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
