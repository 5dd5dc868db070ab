//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird
import Logging
public import RealtimeCore

/// Recognises users by a ticket in the query, see ``Tickets``.
///
/// A ticket is given on purpose: in a chain it comes before cookies. One that is spent, unknown, expired, given twice, or for another path or
/// page is refused, whatever else the request brings.
public struct TicketResolver<User: Sendable>: AuthResolver {
    private let tickets: Tickets
    private let parameter: String
    private let cookie: TicketCookie?
    private let user: @Sendable (TicketRecord) async throws -> User?

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - tickets: the desk that issues them.
    ///   - parameter: the name in the query, `ticket` by default; letters, digits, `-`, `.`, `_` and `~` are accepted.
    ///   - cookie: lets the browser that has used a ticket come back with it; `nil` by default, and then a ticket is good once.
    ///   - user: finds the user of a good ticket again, by its ``TicketRecord/userID``; `nil` when there is none any more, or when the session
    ///     has ended meanwhile, which refuses the request. An error that it throws refuses the request for the time being. The ticket is spent
    ///     in any case.
    /// - Throws: ``RealtimeError`` (`invalid_configuration`) for another name.
    public init(
        _ tickets: Tickets,
        parameter: String = "ticket",
        cookie: TicketCookie? = nil,
        user: @escaping @Sendable (TicketRecord) async throws -> User?
    ) throws(RealtimeError) {
        guard !parameter.isEmpty, parameter.utf8.allSatisfy(Self.isUnreserved) else {
            let shown = parameter.printable(upTo: 60)
            throw RealtimeError(.invalidConfiguration, "'\(shown)' cannot hold tickets; a name of letters, digits, '-', '.', '_' and '~' is accepted")
        }
        self.tickets = tickets
        self.parameter = parameter
        self.cookie = cookie
        self.user = user
    }

    /// Looks for a ticket and takes it.
    public func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User> {
        switch PresentedCredential.query(self.parameter, of: request) {
        case .absent: return .none
        case .malformed: return .rejected
        case .one(let text): return try await self.use(text, request, context.logger)
        }
    }

    private func use(_ text: String, _ request: Request, _ logger: Logger) async throws -> AuthOutcome<User> {
        let ticket = try await self.tickets.redeem(text, for: request)
        let now = self.tickets.now()
        guard let cookie = self.cookie else {
            guard let ticket, let user = try await self.user(ticket) else { return .rejected }
            return .user(ticket.authentication(of: user))
        }
        if let ticket = ticket.map({ cookie.extended($0, at: now) }) {
            guard let user = try await self.user(ticket) else { return .rejected }
            return .user(ticket.authentication(of: user, responseHeaders: try cookie.headers(for: text, ticket, request, at: now, logger)))
        }
        guard let ticket = cookie.record(for: text, request, at: now), let user = try await self.user(ticket) else { return .rejected }
        return .user(ticket.authentication(of: user))
    }

    /// The signs that need no escape in a query (RFC 3986 §2.3).
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }
}
