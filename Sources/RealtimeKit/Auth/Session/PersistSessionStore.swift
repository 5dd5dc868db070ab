//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Keeps sessions in a `PersistDriver` of Hummingbird's: in memory, or with the drivers for Valkey, Redis or Fluent in a database.
///
/// ```swift
/// let sessions = try SessionManager(store: PersistSessionStore(MemoryPersistDriver()))
/// ```
///
/// The driver has to run as a service of the application for the store to clean itself, and must not forget entries before their time, as a cache
/// does that is full: a user's sessions that were revoked all at once would be good again.
///
/// A record is written once and never changed, as a driver cannot change a value only if it is still there. The time of last use stands beside it,
/// so that a request which notes it cannot bring back a session that ends meanwhile. Records are kept until their ``SessionRecord/expiresAt``.
///
/// Keys have the prefix, a word, and the digest of a session's or user's id. The ids themselves occur in no key.
public struct PersistSessionStore: SessionStore {
    private let driver: any PersistDriver
    private let prefix: String

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - driver: where the entries are kept.
    ///   - prefix: what keys begin with. Applications that share a database need different ones.
    public init(_ driver: some PersistDriver, prefix: String = "realtimekit:session") {
        self.driver = driver
        self.prefix = prefix
    }

    /// Keeps a new session.
    public func create(_ record: SessionRecord, timeToLive: Duration) async throws -> Bool {
        try await self.add(record, key: self.key("record", record.digest), timeToLive)
    }

    /// Finds a session.
    public func find(_ digest: SessionDigest) async throws -> SessionRecord? {
        guard var record = try await self.driver.get(key: self.key("record", digest), as: SessionRecord.self) else { return nil }
        if let lastUsedAt = try await self.driver.get(key: self.key("used", digest), as: Date.self) {
            record.lastUsedAt = max(record.lastUsedAt, lastUsedAt)
        }
        return record
    }

    /// Notes that a session was used.
    public func touch(_ digest: SessionDigest, lastUsedAt: Date, timeToLive: Duration) async throws {
        try await self.driver.set(key: self.key("used", digest), value: lastUsedAt, expires: Self.wholeSeconds(timeToLive))
    }

    /// Removes a session and keeps another in its place.
    public func replace(_ digest: SessionDigest, by record: SessionRecord, timeToLive: Duration) async throws -> Bool {
        // In this order nothing is lost when the driver fails half-way: nobody knows the new id yet.
        guard try await self.create(record, timeToLive: timeToLive) else { return false }
        let isFirst = try await self.end(digest)
        // Whoever was first wants it gone, too, and may have failed to remove it.
        try await self.forget(digest)
        if !isFirst { try await self.forget(record.digest) }
        return isFirst
    }

    /// Removes a session.
    public func remove(_ digest: SessionDigest) async throws {
        // Nothing is written for what clients make up.
        guard try await self.driver.get(key: self.key("record", digest), as: SessionRecord.self) != nil else { return }
        _ = try await self.end(digest)
        try await self.forget(digest)
    }

    /// The epoch of a user.
    public func epoch(of userID: String) async throws -> String? {
        try await self.driver.get(key: self.key(epochOf: userID), as: String.self)
    }

    /// Sets the epoch of a user.
    public func setEpoch(_ epoch: String, of userID: String, timeToLive: Duration) async throws {
        try await self.driver.set(key: self.key(epochOf: userID), value: epoch, expires: Self.wholeSeconds(timeToLive))
    }

    // MARK: Entries

    /// Says that a session ends. One who asks is the first, and with a driver only the creation of an entry can tell who.
    private func end(_ digest: SessionDigest) async throws -> Bool {
        // Only those who have read the record already can come second.
        try await self.add(true, key: self.key("ended", digest), .seconds(3600))
    }

    private func forget(_ digest: SessionDigest) async throws {
        try await self.driver.remove(key: self.key("record", digest))
        try await self.driver.remove(key: self.key("used", digest))
    }

    private func add(_ value: some Codable & Sendable, key: String, _ timeToLive: Duration) async throws -> Bool {
        do {
            try await self.driver.create(key: key, value: value, expires: Self.wholeSeconds(timeToLive))
            return true
        } catch let error as PersistError where error == .duplicate {
            return false
        }
    }

    private func key(_ word: String, _ digest: SessionDigest) -> String { "\(self.prefix):\(word):\(digest)" }

    private func key(epochOf userID: String) -> String { "\(self.prefix):epoch:\(HexDigest.sha256(of: userID))" }

    /// At least the time, and one second: databases count in seconds, and take none as an error.
    private static func wholeSeconds(_ time: Duration) -> Duration {
        let (seconds, rest) = time.components
        return .seconds(max(1, rest > 0 ? seconds + 1 : seconds))
    }
}
