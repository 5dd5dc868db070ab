//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto
import HTTPTypes
import Hummingbird
import Logging
public import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Lets the browser that has used a ticket come back with it: a cookie for the rest of what the ticket stands for.
///
/// An `EventSource` reconnects by itself, with the URL that it has and the ticket in it, which is spent. With the cookie that it got for the ticket
/// it is let in again, for as long as the credential is good that the ticket was issued for.
///
/// ```swift
/// let cookie = try TicketCookie(secret: environment.require("TICKET_SECRET"))
/// let visitors = try TicketResolver(tickets, cookie: cookie) { ticket in try await users.find(ticket.userID) }
/// ```
///
/// The cookie is good for nothing without its ticket, nor for another path or page; scripts cannot read it, and no other site's page can make a
/// browser send it (`HttpOnly`, `SameSite=Strict`). It holds the ``TicketRecord``, encrypted (ChaCha20-Poly1305, RFC 8439); nothing is stored.
/// A browser keeps it for up to eight streams of one path.
public struct TicketCookie: Sendable {
    private let key: SymmetricKey
    private let isSecure: Bool
    private let maxLifetime: Duration

    /// Makes a cookie.
    ///
    /// - Parameters:
    ///   - secret: what it is encrypted with, 32 bytes of UTF-8 at least, as hard to guess as 32 drawn at random. The same for all processes, and
    ///     after a restart: with another one, clients get 401 when they come back.
    ///   - isSecure: whether browsers send it over TLS only; on by default.
    ///   - maxLifetime: how long a browser may come back when the credential lasts longer, or for ever; the connection, too, ends then. A day by
    ///     default; 1 minute to 400 days are accepted.
    /// - Throws: ``RealtimeError`` (`invalid_configuration`) for another lifetime, or a secret that is too short.
    public init(secret: String, isSecure: Bool = true, maxLifetime: Duration = .seconds(24 * 3600)) throws(RealtimeError) {
        guard secret.utf8.count >= 32 else {
            throw RealtimeError(.invalidConfiguration, "the secret of a ticket's cookie has \(secret.utf8.count) bytes; 32 at least are accepted")
        }
        guard maxLifetime >= .seconds(60), maxLifetime <= .seconds(400 * 86_400) else {
            throw RealtimeError(.invalidConfiguration, "maxLifetime of a ticket's cookie is \(maxLifetime); 1 minute to 400 days are accepted")
        }
        let input = SymmetricKey(data: Data(secret.utf8))
        self.key = HKDF<SHA256>.deriveKey(inputKeyMaterial: input, info: Data("RealtimeKit ticket cookie".utf8), outputByteCount: 32)
        self.isSecure = isSecure
        self.maxLifetime = maxLifetime
    }

    /// So many cookies of one path does a browser keep.
    private static let maxCount = 8
    /// Browsers need not keep a longer value (RFC 6265 §6.1), less name and attributes.
    private static let maxBytes = 3584

    private var prefix: String { self.isSecure ? "__Secure-ticket-" : "ticket-" }

    /// Tickets do not have the same cookie: their names are from 128 bits of their digests.
    private func name(for ticket: String) -> String { self.prefix + HexDigest.sha256(of: ticket).prefix(32) }

    /// What a ticket that is being used stands for, when its browser may come back with it. It ends, at last.
    func extended(_ record: TicketRecord, at now: Date) -> TicketRecord {
        let end = now.addingTimeInterval(self.maxLifetime / .seconds(1))
        return record.with(authorityExpiresAt: min(record.authorityExpiresAt ?? end, end))
    }

    /// What brings the cookie to the browser that has used a ticket; `nil` when it cannot keep it, which is logged.
    ///
    /// - Parameter record: an extended one.
    func headers(for ticket: String, _ record: TicketRecord, _ request: Request, at now: Date, _ logger: Logger) throws -> HTTPFields? {
        let name = self.name(for: ticket)
        let box = try ChaChaPoly.seal(try JSONEncoder().encode(record), using: self.key, authenticating: Data(name.utf8))
        let value = box.combined.base64EncodedString()
        guard value.utf8.count <= Self.maxBytes, Self.isPathOfCookies(record.path) else {
            logger.warning("A ticket's cookie cannot be kept by browsers: its path or the scopes of its user are too long, or the path holds a ';'")
            return nil
        }
        let seconds = Int(min(max(0, record.authorityExpiresAt?.timeIntervalSince(now) ?? 0), 400 * 86_400))
        var fields = HTTPFields()
        // Oldest first (RFC 6265 §5.4): these have had their time.
        let others = CookieField.names(withPrefix: self.prefix, in: request.headers[values: .cookie]).filter { $0 != name }
        for other in others.dropLast(Self.maxCount - 1).prefix(Self.maxCount) {
            fields.append(self.field(other, "", maxAge: 0, path: record.path))
        }
        fields.append(self.field(name, value, maxAge: seconds, path: record.path))
        return fields
    }

    /// What a used ticket stands for, by the cookie that its browser brings; `nil` without one that is good for this request.
    func record(for ticket: String, _ request: Request, at now: Date) -> TicketRecord? {
        let name = self.name(for: ticket)
        guard case .one(let value) = PresentedCredential.cookie(name, of: request),
            let data = Data(base64Encoded: value),
            let box = try? ChaChaPoly.SealedBox(combined: data),
            let text = try? ChaChaPoly.open(box, using: self.key, authenticating: Data(name.utf8)),
            let record = try? JSONDecoder().decode(TicketRecord.self, from: text),
            let end = record.authorityExpiresAt
        else { return nil }
        return now < end && record.fits(request) ? record : nil
    }

    private func field(_ name: String, _ value: String, maxAge: Int, path: String) -> HTTPField {
        let cookie = Cookie(name: name, value: value, maxAge: maxAge, path: path, secure: self.isSecure, httpOnly: true, sameSite: .strict)
        return HTTPField(name: .setCookie, value: cookie.description)
    }

    /// Whether a path can be that of a cookie (RFC 6265 §4.1.1), within the length that browsers take.
    private static func isPathOfCookies(_ path: String) -> Bool {
        path.utf8.count <= 256 && path.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ";") }
    }
}
