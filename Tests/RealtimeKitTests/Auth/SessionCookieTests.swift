//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import Testing

@testable import RealtimeKit

/// What is in `Set-Cookie`.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SessionCookieTests {
    private func parts(_ cookie: Cookie) -> (first: String, attributes: Set<String>) {
        let parts = cookie.description.split(separator: "; ", omittingEmptySubsequences: false).map { String($0) }
        return (parts[0], Set(parts.dropFirst()))
    }

    /// Checks both cookies for the attributes that they have beside their ends.
    private func expect(_ cookie: SessionCookie, _ name: String, _ attributes: Set<String>) async throws {
        let session = try await SessionTestRig(.init(idleTime: .seconds(100), lifetime: .milliseconds(1_000_900))).sessions.create(for: "alice")
        let login = self.parts(cookie.login(session))
        #expect(login.first == "\(name)=\(session.id)")
        #expect(login.attributes == attributes.union(["Max-Age=1000", "HttpOnly"]))
        let logout = self.parts(cookie.logout)
        #expect(logout.first == "\(name)=")
        #expect(logout.attributes == attributes.union(["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "HttpOnly"]))
    }

    @Test func overTLSTheCookieBelongsToTheHostAlone() async throws {
        try await self.expect(.secure, "__Host-session", ["Path=/", "SameSite=Lax", "Secure"])
        #expect(try SessionCookie() == .secure)
    }

    @Test func withoutTLSTheCookieIsASimpleOne() async throws {
        try await self.expect(.insecure, "session", ["Path=/", "SameSite=Lax"])
        #expect(try SessionCookie(isSecure: false) == .insecure)
    }

    @Test func allAttributesMayBeChosenButHttpOnly() async throws {
        try await self.expect(
            SessionCookie(name: "id", sameSite: .strict, path: "/app", domain: "example.com"),
            "id",
            ["Path=/app", "Domain=example.com", "SameSite=Strict", "Secure"]
        )
        try await self.expect(
            SessionCookie(name: "__Secure-id", sameSite: .none, path: "/app"),
            "__Secure-id",
            ["Path=/app", "SameSite=None", "Secure"]
        )
        try await self.expect(SessionCookie(path: "/app"), "session", ["Path=/app", "SameSite=Lax", "Secure"])
        try await self.expect(SessionCookie(domain: "example.com"), "session", ["Path=/", "Domain=example.com", "SameSite=Lax", "Secure"])
    }

    @Test(
        arguments: [
            { try SessionCookie(name: "") },
            { try SessionCookie(name: "a b") },
            { try SessionCookie(name: "a=b") },
            { try SessionCookie(name: "a;b") },
            { try SessionCookie(name: "a\r\nSet-Cookie: b") },
            { try SessionCookie(name: "ä") },
            { try SessionCookie(name: String(repeating: "a", count: 257)) },
            { try SessionCookie(name: "__Host-session", isSecure: false) },
            { try SessionCookie(name: "__Host-session", path: "/app") },
            { try SessionCookie(name: "__Host-session", domain: "example.com") },
            { try SessionCookie(name: "__host-session", isSecure: false) },
            { try SessionCookie(name: "__Secure-session", isSecure: false) },
            { try SessionCookie(name: "__SECURE-session", isSecure: false) },
            { try SessionCookie(isSecure: false, sameSite: .none) },
            { try SessionCookie(path: "") },
            { try SessionCookie(path: "app") },
            { try SessionCookie(path: "/;HttpOnly") },
            { try SessionCookie(path: "/\r\n") },
            { try SessionCookie(path: "/" + String(repeating: "a", count: 1024)) },
            { try SessionCookie(domain: "") },
            { try SessionCookie(domain: "example.com; Path=/") },
            { try SessionCookie(domain: String(repeating: "a", count: 254)) },
        ] as [@Sendable () throws -> SessionCookie]
    )
    func aCookieThatBrowsersWouldNotTakeIsRefused(make: @Sendable () throws -> SessionCookie) {
        let error = #expect(throws: RealtimeError.self) { try make() }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test func aResponseCarriesTheCookie() async throws {
        let session = try await SessionTestRig().sessions.create(for: "alice")
        var response = Response(status: .noContent)
        response.setCookie(SessionCookie.secure.login(session))
        #expect(response.headers[.setCookie]?.hasPrefix("__Host-session=\(session.id); ") == true)
    }
}
