//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
public import Hummingbird
public import RealtimeCore

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Tickets for browsers, whose `EventSource` and `WebSocket` cannot send a header with a token.
///
/// A page asks for a ticket with the credential that it has, and opens one connection with it: `new WebSocket("/ws?ticket=" + ticket)`.
///
/// ```swift
/// let tickets = try Tickets()
/// router.post("ticket") { request, context in
///     let user = try await auth.requireUser(request, context: context)
///     return ["ticket": try await tickets.issue(for: user, path: "/ws", request: request)]
/// }
/// let visitors = try TicketResolver(tickets) { ticket in try await users.find(id: ticket.userID) }
/// router.webSocket("/ws", auth: AuthResolverChain([visitors, auth]))
/// ```
///
/// A ticket opens one path, once, for the page that asked for it, and for 30 s. It is 256 random bits, of which a store keeps a digest.
///
/// `EventSource` reconnects by itself with the URL that it has, and its ticket is spent then: the answer is 401, and the page makes a new
/// `EventSource` with a new ticket; or the resolver is given a ``TicketCookie``, with which the browser may come back.
///
/// RealtimeKit does not log tickets. But they are part of a URL, and URLs are logged by others: by Hummingbird's `LogRequestsMiddleware` and
/// tracing, by proxies. What they have is spent, or expires soon.
public struct Tickets: Sendable {
    private let store: any TicketStore
    private let lifetime: Duration
    let now: @Sendable () -> Date

    /// Makes a desk for tickets.
    ///
    /// - Parameters:
    ///   - store: keeps the tickets; by default in memory, for applications of one process.
    ///   - lifetime: how long a ticket may be used, 30 s by default; 1 s to 5 min are accepted.
    /// - Throws: ``RealtimeError`` (`invalid_configuration`) for another lifetime.
    public init(store: some TicketStore = MemoryTicketStore(), lifetime: Duration = .seconds(30)) throws(RealtimeError) {
        try self.init(store: store, lifetime: lifetime, now: { .now })
    }

    package init(store: some TicketStore, lifetime: Duration = .seconds(30), now: @escaping @Sendable () -> Date) throws(RealtimeError) {
        guard lifetime >= .seconds(1), lifetime <= .seconds(300) else {
            throw RealtimeError(.invalidConfiguration, "the lifetime of tickets is \(lifetime); 1 s to 5 min are accepted")
        }
        self.store = store
        self.lifetime = lifetime
        self.now = now
    }

    /// Issues a ticket to whoever sent a request. The page that sent it is the only one that may use the ticket.
    ///
    /// - Parameters:
    ///   - authentication: who asks. A connection that the ticket opens has the same user, session, scopes and `expiresAt`.
    ///   - path: the path that the ticket opens, such as `/ws`, as the client will write it.
    ///   - request: the request for the ticket, better a POST: browsers do not always say with a GET where it comes from. One without `Origin`
    ///     gets a ticket for any page.
    /// - Returns: the ticket: 43 letters, digits, `-` and `_`.
    /// - Throws: `HTTPError` 403 for a page without an origin of its own (`null`), and what ``issue(for:path:origin:)`` throws.
    public func issue(for authentication: Authentication<some Sendable>, path: String, request: Request) async throws -> String {
        let origins = request.headers[values: .origin]
        guard let text = origins.first else { return try await self.issue(for: authentication, path: path, of: nil) }
        guard origins.count == 1, let origin = Origin(text) else { throw HTTPError(.forbidden) }
        return try await self.issue(for: authentication, path: path, of: origin)
    }

    /// Issues a ticket.
    ///
    /// - Parameters:
    ///   - authentication: for whom. A connection that the ticket opens has the same user, session, scopes and `expiresAt`.
    ///   - path: the path that the ticket opens, such as `/ws`, as the client will write it.
    ///   - origin: the origin of the page that may use it, such as `https://app.example.com`; `nil` for any page.
    /// - Returns: the ticket: 43 letters, digits, `-` and `_`.
    /// - Throws: ``RealtimeError`` (`invalid_configuration`) for a user without an id, for what is no origin, and for a path that does not begin
    ///   with `/`, holds a query, or is longer than 2 KiB; `HTTPError` 401 for an authentication that has expired; what the store throws, such
    ///   as `HTTPError` 503 from a ``MemoryTicketStore`` that is full.
    public func issue(for authentication: Authentication<some Sendable>, path: String, origin text: String? = nil) async throws -> String {
        guard let text else { return try await self.issue(for: authentication, path: path, of: nil) }
        guard let origin = Origin(text) else {
            let shown = text.printable(upTo: 60)
            throw RealtimeError(.invalidConfiguration, "'\(shown)' is not an origin; accepted is scheme://host or scheme://host:port, without a path")
        }
        return try await self.issue(for: authentication, path: path, of: origin)
    }

    private func issue(for authentication: Authentication<some Sendable>, path: String, of origin: Origin?) async throws -> String {
        guard let userID = authentication.userID else {
            throw RealtimeError(.invalidConfiguration, "a ticket is for a user with an id; give the resolver a userID")
        }
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= 2048, path.utf8.allSatisfy(Self.isPartOfPath) else {
            let shown = path.printable(upTo: 60)
            throw RealtimeError(
                .invalidConfiguration,
                "'\(shown)' is not a path; accepted is one that begins with '/', without a query, of 2 KiB at most"
            )
        }
        let now = self.now()
        // A ticket does not outlive what it stands for. Compared as numbers: a claim may hold one that no duration does.
        let left = authentication.expiresAt?.timeIntervalSince(now) ?? .infinity
        guard left > 0 else { throw HTTPError(.unauthorized, headers: [.wwwAuthenticate: "Bearer"], message: nil) }
        let lifetime = left < self.lifetime / .seconds(1) ? Duration.seconds(left) : self.lifetime
        let ticket = TicketRecord(
            userID: userID,
            path: path,
            origin: origin,
            expiresAt: now.addingTimeInterval(lifetime / .seconds(1)),
            authority: authentication
        )
        let text = RandomText.base64URL()
        try await self.store.add(ticket, digest: HexDigest.sha256(of: text), lifetime: lifetime)
        return text
    }

    /// Takes a ticket. It is spent then, even if the request is another one than it was issued for: somebody has it who should not.
    ///
    /// - Returns: `nil` for a ticket that is not good for this request.
    func redeem(_ text: String, for request: Request) async throws -> TicketRecord? {
        guard text.utf8.count == 43, let ticket = try await self.store.take(digest: HexDigest.sha256(of: text)) else { return nil }
        // The time after the store was asked: however long that took, what has expired is not good.
        return ticket.expiresAt > self.now() && ticket.fits(request) ? ticket : nil
    }

    private static func isPartOfPath(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#") }
}
