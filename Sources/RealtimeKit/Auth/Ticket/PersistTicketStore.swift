//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

/// Tickets in the key-value store of Hummingbird's persist framework, for applications of several processes.
///
/// A driver cannot take a value out in one step. So whoever wants a ticket creates a second key, which only one of them can; that key outlives
/// the ticket. The clocks of the processes may be apart by as much as the lifetime of tickets bears.
public struct PersistTicketStore: TicketStore {
    /// How long it is kept in mind that a ticket is spent: longer than any ticket lives.
    private static let memory = Duration.seconds(600)

    private let driver: any PersistDriver
    private let prefix: String

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - driver: where the tickets are kept. It has to refuse a `create` of a key that is there, in all processes, and to drop what has
    ///     expired by itself.
    ///   - prefix: what the keys begin with; `ticket:` by default.
    public init(_ driver: some PersistDriver, prefix: String = "ticket:") {
        self.driver = driver
        self.prefix = prefix
    }

    /// Keeps a ticket.
    public func add(_ ticket: TicketRecord, digest: String, lifetime: Duration) async throws {
        // Drivers count in whole seconds. A ticket that is kept too long is not good for longer.
        try await self.driver.create(key: self.prefix + digest, value: ticket, expires: .seconds(lifetime.components.seconds + 1))
    }

    /// Gives a ticket away, once.
    public func take(digest: String) async throws -> TicketRecord? {
        let key = self.prefix + digest
        guard let ticket = try await self.driver.get(key: key, as: TicketRecord.self) else { return nil }
        do {
            try await self.driver.create(key: self.prefix + "used:" + digest, value: true, expires: Self.memory)
        } catch let error as PersistError where error == .duplicate {
            return nil
        }
        // It is spent even if this fails.
        try? await self.driver.remove(key: key)
        return ticket
    }
}
