//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The tickets of a ``MemoryTicketStore``: how many there may be, and which of them go. It knows no clock and no lock.
struct TicketShelf {
    private struct Place {
        let ticket: TicketRecord
        let number: UInt64
    }

    private let limit: Int
    private let limitPerUser: Int
    private var places: [String: Place] = [:]
    /// The digests of each user's tickets.
    private var users: [String: Set<String>] = [:]
    private var lastNumber: UInt64 = 0
    private var nextSweep = Date.distantPast

    init(limit: Int, limitPerUser: Int) {
        self.limit = limit
        self.limitPerUser = limitPerUser
    }

    var count: Int { self.places.count }

    /// Puts a ticket in. The oldest of a user who has too many goes.
    ///
    /// - Returns: false when there is no room. Nobody else's ticket makes way: a user must not be able to take other users' tickets from them.
    mutating func add(_ ticket: TicketRecord, digest: String, now: Date) -> Bool {
        self.sweep(now)
        let own = self.users[ticket.userID] ?? []
        if own.count >= self.limitPerUser, let oldest = own.min(by: { self.number(of: $0) < self.number(of: $1) }) { _ = self.take(digest: oldest) }
        guard self.places.count < self.limit else { return false }
        self.lastNumber += 1
        self.places[digest] = Place(ticket: ticket, number: self.lastNumber)
        self.users[ticket.userID, default: []].insert(digest)
        return true
    }

    /// Takes a ticket out.
    mutating func take(digest: String) -> TicketRecord? {
        guard let ticket = self.places.removeValue(forKey: digest)?.ticket else { return nil }
        self.users[ticket.userID]?.remove(digest)
        if self.users[ticket.userID]?.isEmpty == true { self.users[ticket.userID] = nil }
        return ticket
    }

    /// Drops the tickets that have expired, once in a second: looking for them takes time in proportion to all.
    private mutating func sweep(_ now: Date) {
        // A clock that was set back must not stop the sweeping.
        guard now >= self.nextSweep || now < self.nextSweep.addingTimeInterval(-1) else { return }
        self.nextSweep = now.addingTimeInterval(1)
        for (digest, place) in self.places where place.ticket.expiresAt <= now { _ = self.take(digest: digest) }
    }

    private func number(of digest: String) -> UInt64 { self.places[digest]?.number ?? 0 }
}
