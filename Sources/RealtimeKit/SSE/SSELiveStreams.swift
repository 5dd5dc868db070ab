//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Synchronization

/// The open streams of an endpoint whose clients may change their channels: who opened them, and the key that proves it.
final class SSELiveStreams<User: Sendable>: Sendable {
    /// What a stream was opened with.
    struct Ticket: Sendable {
        let id: ConnectionID
        /// 128 random bits that only the stream's client is told.
        let key: String
        let authentication: Authentication<User>?

        /// Whether a key is the stream's. Takes as long for any key of the right length.
        func isKey(_ candidate: String) -> Bool {
            guard candidate.utf8.count == self.key.utf8.count else { return false }
            return zip(candidate.utf8, self.key.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
        }
    }

    private let tickets = Mutex<[ConnectionID: Ticket]>([:])

    /// Makes what a stream is opened with. It counts once it is added.
    func makeTicket(_ id: ConnectionID, _ authentication: Authentication<User>?) -> Ticket {
        Ticket(id: id, key: ConnectionID().description, authentication: authentication)
    }

    func add(_ ticket: Ticket) { self.tickets.withLock { $0[ticket.id] = ticket } }

    /// A stream's client has brought another credential.
    func renew(_ id: ConnectionID, _ authentication: Authentication<User>) {
        self.tickets.withLock { tickets in
            if let ticket = tickets[id] { tickets[id] = Ticket(id: id, key: ticket.key, authentication: authentication) }
        }
    }

    func remove(_ id: ConnectionID) { self.tickets.withLock { _ = $0.removeValue(forKey: id) } }

    func ticket(of id: ConnectionID) -> Ticket? { self.tickets.withLock { $0[id] } }
}
