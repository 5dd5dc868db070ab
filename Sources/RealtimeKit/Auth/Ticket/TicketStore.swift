//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Where tickets wait until they are used: a ``MemoryTicketStore`` in an application of one process, a ``PersistTicketStore`` in one of several,
/// or one of the application's own.
public protocol TicketStore: Sendable {
    /// Keeps a ticket until it is used or expires.
    ///
    /// - Parameters:
    ///   - ticket: the record.
    ///   - digest: finds it again, and opens nothing: 64 hexadecimal digits.
    ///   - lifetime: how long it has to be kept; longer does no harm.
    /// - Throws: when the ticket cannot be kept; it is not issued then.
    func add(_ ticket: TicketRecord, digest: String, lifetime: Duration) async throws

    /// Gives a ticket away, once: of any number of calls with a digest, at the same time and in other processes too, one gets the record.
    ///
    /// - Returns: `nil` for a ticket that is not there, or was taken before. One that has expired may be given; its record says so.
    /// - Throws: when the store cannot tell. The request is then refused for the time being.
    func take(digest: String) async throws -> TicketRecord?
}
