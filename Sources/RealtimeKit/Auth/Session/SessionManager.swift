//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HummingbirdCore
import RealtimeCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Makes, finds and ends sessions.
///
/// ```swift
/// let sessions = try SessionManager(store: PersistSessionStore(MemoryPersistDriver()))
///
/// let session = try await sessions.create(for: user.id, replacing: request)
/// response.setCookie(sessions.cookie.login(session))
/// ```
///
/// A session is good until it has not been used for the idle time, until its lifetime is over, or until it is revoked. An id that a client
/// brings is looked up, and never becomes a session by that. All processes that share a store need the same settings.
///
/// Whoever signs in or gets more rights needs a new id, since the old one may be known to somebody who was there before:
/// ``create(for:data:replacing:)`` for a user who signs in, ``rotate(_:data:)`` for one who stays the same.
public struct SessionManager: Sendable {
    /// The cookie with the ids.
    public var cookie: SessionCookie { self.configuration.cookie }

    private let store: any SessionStore
    private let configuration: Configuration
    private let denyList: DenyList
    private let now: @Sendable () -> Date

    /// Makes a manager.
    ///
    /// - Parameters:
    ///   - store: where the sessions are kept.
    ///   - configuration: how long sessions last, and their cookie.
    ///   - denyList: what ends the open connections of sessions that are revoked, in this process; by default that of all managers.
    ///   - now: what time it is.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        store: some SessionStore,
        configuration: Configuration = .init(),
        denyList: DenyList = .shared,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(RealtimeError) {
        try configuration.validate()
        self.store = store
        self.configuration = configuration
        self.denyList = denyList
        self.now = now
    }

    // MARK: Making sessions

    /// Makes a session for a user who has signed in.
    ///
    /// - Parameters:
    ///   - userID: 1 to 1024 bytes of UTF-8.
    ///   - data: what the application keeps with the session, up to 4 KiB of UTF-8. It is fixed until ``rotate(_:data:)``.
    ///   - request: the request that signs in. The sessions that it brings end, be they whose they are.
    /// - Throws: ``RealtimeError`` for a user id or data outside these limits, and what the store throws.
    public func create(for userID: String, data: [String: String] = [:], replacing request: Request? = nil) async throws -> IssuedSession {
        let session = try await self.create(id: SessionID.random(), for: userID, data: data)
        if let request { try await self.revoke(presentedBy: request) }
        return session
    }

    /// Makes a session whose id the application has chosen, for example to take over the sessions of another system.
    ///
    /// Never pass what a client has sent: whoever knows an id beforehand is signed in with it afterwards.
    ///
    /// - Parameters:
    ///   - id: 20 to 128 characters of `A` to `Z`, `a` to `z`, `0` to `9`, `-` and `_`, as hard to guess as 20 of them drawn at random (120
    ///     bits), and used for one session only.
    ///   - userID: 1 to 1024 bytes of UTF-8.
    ///   - data: what the application keeps with the session, up to 4 KiB of UTF-8.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/alreadyExists`` when there is a session of that id, or for an argument outside
    ///   these limits; and what the store throws.
    public func create(id: String, for userID: String, data: [String: String] = [:]) async throws -> IssuedSession {
        guard SessionID.isWellFormed(id) else {
            throw RealtimeError(.invalidName, "This cannot be the id of a session; 20 to 128 of A-Z, a-z, 0-9, - and _ are accepted")
        }
        guard (1...1024).contains(userID.utf8.count) else {
            throw RealtimeError(.invalidName, "The user id of a session has \(userID.utf8.count) bytes; 1 to 1024 are accepted")
        }
        try Self.checkSize(of: data)
        // Before the epoch: no session is older than it says, so that none of an earlier epoch outlives the entry of the later one.
        let now = self.now()
        let record = SessionRecord(
            digest: SessionDigest(of: id),
            userID: userID,
            epoch: try await self.store.epoch(of: userID),
            createdAt: now,
            lastUsedAt: now,
            expiresAt: now + self.configuration.lifetime.inSeconds,
            data: data
        )
        guard try await self.store.create(record, timeToLive: self.configuration.lifetime) else {
            throw RealtimeError(.alreadyExists, "There is a session of this id")
        }
        return IssuedSession(id: id, record: record, timeToLive: self.configuration.lifetime)
    }

    /// Gives a session a new id, because its user has got other rights. The old id is good for nothing when this returns, not even for
    /// requests that are under way. The session becomes no younger. Its open connections in this process go on, and end with the new id; where
    /// channels or rooms depend on the rights, call ``ConnectionManager/reauthorize(user:)``.
    ///
    /// - Parameters:
    ///   - id: the id that a client brings.
    ///   - data: what the application keeps with the session from now on, up to 4 KiB of UTF-8; by default what it was.
    /// - Returns: `nil` when the id is not that of a good session, or when it is being replaced or revoked at the same time.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/tooLarge``, and what the store throws. The old id may be good after an error.
    public func rotate(_ id: String, data: [String: String]? = nil) async throws -> IssuedSession? {
        if let data { try Self.checkSize(of: data) }
        let now = self.now()
        // It keeps its epoch, whatever that of the user has become meanwhile: a session that is being revoked must not escape.
        guard SessionID.isWellFormed(id), var record = try await self.find(SessionDigest(of: id), at: now) else { return nil }
        let (old, id) = (record.digest, SessionID.random())
        record.digest = SessionDigest(of: id)
        record.lastUsedAt = now
        if let data { record.data = data }
        let rest = Duration.seconds(record.expiresAt.timeIntervalSince(now))
        guard try await self.store.replace(old, by: record, timeToLive: rest) else { return nil }
        self.denyList.replace(session: old.description, by: record.digest.description, for: Self.timeToConnect)
        return IssuedSession(id: id, record: record, timeToLive: rest)
    }

    // MARK: Finding them

    /// Finds the good session of an id, and counts that as use.
    ///
    /// - Returns: `nil` for an id that cannot be one, that is unknown, or whose session has ended.
    /// - Throws: what the store throws.
    public func find(_ id: String) async throws -> SessionRecord? {
        let now = self.now()
        guard SessionID.isWellFormed(id), var record = try await self.find(SessionDigest(of: id), at: now) else { return nil }
        if now.timeIntervalSince(record.lastUsedAt) >= self.configuration.touchInterval.inSeconds {
            record.lastUsedAt = now
            try await self.store.touch(record.digest, lastUsedAt: now, timeToLive: self.configuration.idleTime)
        }
        return record
    }

    /// Finds the good session of a digest, which does not count as use: for connections that are open, and for lists.
    ///
    /// - Returns: `nil` when there is none, or it has ended.
    /// - Throws: what the store throws.
    public func find(digest: SessionDigest) async throws -> SessionRecord? { try await self.find(digest, at: self.now()) }

    private func find(_ digest: SessionDigest, at now: Date) async throws -> SessionRecord? {
        guard var record = try await self.store.find(digest) else { return nil }
        // A shorter lifetime holds for the sessions that are there, too.
        record.expiresAt = min(record.expiresAt, record.createdAt + self.configuration.lifetime.inSeconds)
        guard now < record.expiresAt, now < record.lastUsedAt + self.configuration.idleTime.inSeconds else { return nil }
        // None: nothing was revoked in a lifetime, and what was revoked before that has ended.
        if let epoch = try await self.store.epoch(of: record.userID), epoch != record.epoch { return nil }
        return record
    }

    // MARK: Ending them

    /// Ends the session of an id, and the connections that were opened with it. Nothing happens when there is none.
    ///
    /// - Throws: what the store throws. The session may be good then.
    public func revoke(_ id: String) async throws {
        guard SessionID.isWellFormed(id) else { return }
        try await self.revoke(digest: SessionDigest(of: id))
    }

    /// Ends the session of a digest, such as ``Authentication/sessionID``, and the connections that were opened with it. Nothing happens when
    /// there is none.
    ///
    /// - Throws: what the store throws. The session may be good then.
    public func revoke(digest: SessionDigest) async throws {
        // What clients make up is not looked for among the connections.
        guard try await self.store.find(digest) != nil else { return }
        try await self.store.remove(digest)
        self.denyList.kick(session: digest.description, for: Self.timeToConnect)
    }

    /// So long may a request take that has found its session before it was revoked, and becomes a connection after that.
    private static let timeToConnect: Duration = .seconds(120)

    /// Ends all sessions of a user, wherever they were made, and the connections that were opened with them in this process. Those that are made
    /// afterwards are good; one that is made at the very same time may be among the ended ones. To keep the user signed in who asks for it, make a session afterwards.
    ///
    /// - Throws: what the store throws. The sessions may be good then.
    public func revokeAll(of userID: String) async throws {
        // Not a time: within one instant, and with clocks that differ, nobody could say which session came first.
        let epoch = RandomText.base64URL(bytes: 16)
        // For as long as there can be sessions from before, by the clocks of other processes, too.
        try await self.store.setEpoch(epoch, of: userID, timeToLive: self.configuration.lifetime + .seconds(24 * 3600))
        self.denyList.kickSessions(of: userID, for: Self.timeToConnect)
    }

    private static func checkSize(of data: [String: String]) throws {
        let bytes = data.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard bytes <= 4 << 10 else { throw RealtimeError(.tooLarge, "The data of a session has \(bytes) bytes; 4096 are accepted") }
    }
}
