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

/// Where sessions are kept: any database that finds a row by its key.
///
/// ``SessionManager`` decides what is a good session; a store only keeps records. It is given digests, never the ids that clients have, so that
/// nobody can use a session who reads the store. ``PersistSessionStore`` is one over Hummingbird's `PersistDriver`.
///
/// What makes a record final: once ``SessionStore/remove(_:)`` or ``SessionStore/replace(_:by:timeToLive:)`` has taken one away, no call that was
/// under way brings it back. With SQL that takes no more than `UPDATE` for ``SessionStore/touch(_:lastUsedAt:timeToLive:)``, never an insertion.
///
/// A time to live says how long the store has to keep something at least; after it, it should forget it by itself.
///
/// Errors that a store throws refuse a request for the time being. They never make it anonymous.
public protocol SessionStore: Sendable {
    /// Keeps a new session.
    ///
    /// - Returns: false when there is one of that digest, which is left as it is.
    func create(_ record: SessionRecord, timeToLive: Duration) async throws -> Bool

    /// Finds a session; `nil` when there is none.
    func find(_ digest: SessionDigest) async throws -> SessionRecord?

    /// Notes that a session was used. A session that is not there stays away.
    ///
    /// - Parameter timeToLive: how long the note matters.
    func touch(_ digest: SessionDigest, lastUsedAt: Date, timeToLive: Duration) async throws

    /// Removes a session and keeps another in its place: with SQL a transaction of a `DELETE` and, if that found the row, an `INSERT`.
    ///
    /// Of several that replace the same session, one at most may succeed, and none once the session was removed.
    ///
    /// - Returns: whether the session was there and has been replaced. If not, the new record is not kept either.
    func replace(_ digest: SessionDigest, by record: SessionRecord, timeToLive: Duration) async throws -> Bool

    /// Removes a session. Nothing happens when there is none.
    func remove(_ digest: SessionDigest) async throws

    /// The epoch of a user; `nil` when none was set, or not for as long as its time to live.
    ///
    /// - Parameter userID: any text. It must not lead to another user's epoch, whatever it holds: bind it as a parameter, encode or hash it.
    func epoch(of userID: String) async throws -> String?

    /// Sets the epoch of a user, which revokes all sessions of another one. Of several at a time, any may win.
    func setEpoch(_ epoch: String, of userID: String, timeToLive: Duration) async throws
}
