//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import Synchronization

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Tickets in memory, for applications of one process: a ticket opens nothing in another one.
///
/// It is bounded. A user may have 100 tickets at a time; with one more, the user's own oldest stops being valid. All users together may have
/// 100,000; with one more, none is issued, with `HTTPError` 503, until some are used or have expired. Nobody can take another user's tickets
/// away so.
public final class MemoryTicketStore: TicketStore {
    private let shelf: Mutex<TicketShelf>
    private let now: @Sendable () -> Date

    /// Makes an empty store.
    public convenience init() {
        self.init(limit: 100_000, limitPerUser: 100, now: { .now })
    }

    package init(limit: Int, limitPerUser: Int, now: @escaping @Sendable () -> Date) {
        self.shelf = Mutex(TicketShelf(limit: limit, limitPerUser: limitPerUser))
        self.now = now
    }

    /// How many tickets are kept.
    package var count: Int { self.shelf.withLock { $0.count } }

    /// Keeps a ticket.
    ///
    /// - Throws: `HTTPError` 503 when there is no room.
    public func add(_ ticket: TicketRecord, digest: String, lifetime: Duration) throws {
        let now = self.now()
        guard self.shelf.withLock({ $0.add(ticket, digest: digest, now: now) }) else {
            throw HTTPError(.serviceUnavailable, headers: [.retryAfter: "5"], message: nil)
        }
    }

    /// Gives a ticket away, once.
    public func take(digest: String) -> TicketRecord? { self.shelf.withLock { $0.take(digest: digest) } }
}
