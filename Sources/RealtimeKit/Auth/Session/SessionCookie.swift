//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird
import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The cookie that brings a session's id (RFC 6265). Scripts cannot read it: it is always `HttpOnly`.
///
/// ```swift
/// response.setCookie(sessions.cookie.login(session))
/// response.setCookie(sessions.cookie.logout)
/// ```
///
/// Send responses with either to requests that a page of yours has made on purpose, with POST.
public struct SessionCookie: Hashable, Sendable {
    /// `__Host-session`: sent over TLS only, and browsers let no other host set it. The default. It does for a server behind a proxy that ends
    /// TLS, too.
    public static let secure = SessionCookie(checked: "__Host-session", isSecure: true)
    /// `session`, which is also sent without TLS: for development.
    public static let insecure = SessionCookie(checked: "session", isSecure: false)

    /// The name.
    public let name: String
    /// Whether browsers send it over TLS only.
    public let isSecure: Bool
    /// With which requests of other sites' pages browsers send it. With `lax`, when a link is followed; with `strict`, never; with `none`, always.
    public let sameSite: Cookie.SameSite
    /// The paths that it is sent to begin with this one.
    public let path: String
    /// The domain that it is sent to, with all hosts in it; `nil` for the very host that has set it.
    public let domain: String?

    /// Makes a cookie.
    ///
    /// - Parameters:
    ///   - name: a token (RFC 9110 §5.6.2); by default `__Host-session` where the other arguments allow that, or else `session`. A name with the
    ///     prefix `__Host-` needs `isSecure`, the path `/` and no domain, and one with `__Secure-` needs `isSecure` (RFC 6265bis §4.1.3): a browser
    ///     would not take it otherwise.
    ///   - isSecure: whether browsers send it over TLS only; on by default.
    ///   - sameSite: with which requests of other sites' pages it is sent; `lax` by default. `none` needs `isSecure`.
    ///   - path: begins with `/`; by default that.
    ///   - domain: letters, digits, `-` and `.`; `nil` by default, which keeps it from other hosts.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(
        name: String? = nil,
        isSecure: Bool = true,
        sameSite: Cookie.SameSite = .lax,
        path: String = "/",
        domain: String? = nil
    ) throws(RealtimeError) {
        let canBeHostOnly = isSecure && path == "/" && domain == nil
        let name = name ?? (canBeHostOnly ? "__Host-session" : "session")
        func refuse(_ message: String) -> RealtimeError { RealtimeError(.invalidConfiguration, message) }
        guard !name.isEmpty, name.utf8.count <= 256, name.utf8.allSatisfy(Self.isPartOfToken) else {
            throw refuse("This cannot be the name of a cookie; 1 to 256 letters, digits and !#$%&'*+-.^_`|~ are accepted")
        }
        // Browsers ignore the case of the prefixes.
        if name.lowercased().hasPrefix("__host-"), !canBeHostOnly {
            throw refuse("A cookie whose name begins with __Host- has to be secure, with the path / and without a domain")
        }
        if name.lowercased().hasPrefix("__secure-"), !isSecure { throw refuse("A cookie whose name begins with __Secure- has to be secure") }
        if sameSite == .none, !isSecure { throw refuse("A cookie with SameSite=None has to be secure") }
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= 1024, path.utf8.allSatisfy(Self.isPartOfPath) else {
            throw refuse("This cannot be the path of a cookie; up to 1024 printable ASCII characters without ; that begin with / are accepted")
        }
        if let domain {
            guard (1...253).contains(domain.utf8.count), domain.utf8.allSatisfy(Self.isPartOfDomain) else {
                throw refuse("This cannot be the domain of a cookie; 1 to 253 letters, digits, - and . are accepted")
            }
        }
        self.init(checked: name, isSecure: isSecure, sameSite: sameSite, path: path, domain: domain)
    }

    private init(checked name: String, isSecure: Bool, sameSite: Cookie.SameSite = .lax, path: String = "/", domain: String? = nil) {
        self.name = name
        self.isSecure = isSecure
        self.sameSite = sameSite
        self.path = path
        self.domain = domain
    }

    /// The cookie for a response to somebody who has signed in, or whose session has got a new id. It lasts as long as the session can.
    public func login(_ session: IssuedSession) -> Cookie {
        Cookie(
            name: self.name,
            value: session.id,
            maxAge: Int(max(0, session.timeToLive.components.seconds)),
            domain: self.domain,
            path: self.path,
            secure: self.isSecure,
            httpOnly: true,
            sameSite: self.sameSite
        )
    }

    /// The cookie that makes a browser forget it, for a response to somebody who signs out.
    public var logout: Cookie {
        Cookie(
            name: self.name,
            value: "",
            expires: Date(timeIntervalSince1970: 0),
            maxAge: 0,
            domain: self.domain,
            path: self.path,
            secure: self.isSecure,
            httpOnly: true,
            sameSite: self.sameSite
        )
    }

    private static func isPartOfToken(_ byte: UInt8) -> Bool {
        Self.isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    private static func isPartOfPath(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) && byte != UInt8(ascii: ";") }

    private static func isPartOfDomain(_ byte: UInt8) -> Bool { Self.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
