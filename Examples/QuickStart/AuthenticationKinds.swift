//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitJWT

/// The kinds of credentials, as docs/AUTHENTICATION.md shows them: compiled, and never run.
enum AuthenticationKinds {
    // MARK: JSON Web Tokens

    static func secret(users: Directory, secret: String) async throws {
        // snippet: JWT
        let verifier = try await JWTVerifier(keys: [.hmac(secret)])
        let auth = JWTResolver(verifier) { claims in try await users.find(claims.subject) }
        // end
        _ = auth
    }

    // snippet: claims
    struct Claims: Decodable {
        let role: String
    }
    // end

    static func issuer(download: @escaping @Sendable (String) async throws -> String) async throws {
        // snippet: issuer
        let issuer = JWTIssuer(
            "https://login.example.com/",
            keys: [.loadedJWKS { try await download("https://login.example.com/.well-known/jwks.json") }],
            audience: "https://api.example.com"
        )
        let verifier = try await JWTVerifier(issuers: [issuer])
        try await verifier.loadKeys()

        let auth = JWTResolver(verifier) { claims in
            User(id: claims.subject, isAdmin: try claims.decode(as: Claims.self).role == "admin")
        }
        // end
        _ = auth
    }

    // MARK: Sessions

    static func sessions(router: Router<BasicRequestContext>, users: Directory) async throws {
        // snippet: sessions
        let driver = MemoryPersistDriver()
        let sessions = try SessionManager(store: PersistSessionStore(driver))
        let auth = SessionCookieResolver(sessions) { session in try await users.find(session.userID) }

        // Signing in and out asks `auth` nothing, and is for the server's own pages.
        let account = router.group().add(middleware: OriginMiddleware())
        account.post("login") { request, context in
            let login = try await request.decode(as: Login.self, context: context)
            guard let user = try await users.check(login) else { throw HTTPError(.unauthorized) }
            let session = try await sessions.create(for: user.id, replacing: request)
            var response = Response(status: .noContent)
            response.setCookie(sessions.cookie.login(session))
            return response
        }
        account.post("logout") { request, _ in
            try await sessions.revoke(presentedBy: request)
            var response = Response(status: .noContent)
            response.setCookie(sessions.cookie.logout)
            return response
        }

        router.sse("/sse", auth: auth)
        router.webSocket("/ws", auth: auth)
        let app = Application(router: router, server: .realtime(), services: [SSEManager.shared, WSManager.shared, driver])
        // end
        try await app.runService()
    }

    static func sessionCalls(sessions: SessionManager, user: User, request: Request) async throws {
        // snippet: session calls
        // Somebody has got more rights: a new id for the same session.
        if let id = sessions.id(of: request), let session = try await sessions.rotate(id, data: ["role": "admin"]) {
            print(sessions.cookie.login(session))
        }

        // Signed out here: the session of this browser, and the connections that it has opened.
        if let id = sessions.id(of: request) { try await sessions.revoke(id) }

        // Signed out everywhere: all sessions of a user, and the connections that they have opened.
        try await sessions.revokeAll(of: user.id)
        // end
    }

    // MARK: API keys

    static func keys(users: Directory) throws {
        // snippet: API keys
        let (key, record) = try APIKey.generate(userID: "printer-7", scopes: ["jobs"])
        print(key.text)  // rtk_... To be shown to its owner, once.

        let keys = MemoryAPIKeyStore([record])  // A table of your database, in its place: an `APIKeyStore`.
        let auth = try APIKeyResolver(keys) { key in try await users.find(key.userID) }
        // end
        _ = auth
    }

    // MARK: Tickets

    static func ticketCookie(tickets: Tickets, users: Directory, secret: String) throws -> TicketResolver<User> {
        // snippet: ticket-cookie
        let cookie = try TicketCookie(secret: secret)
        let visitors = try TicketResolver(tickets, cookie: cookie) { ticket in try await users.find(ticket.userID) }
        // end
        return visitors
    }

    static func tickets(router: Router<BasicRequestContext>, users: Directory, auth: some AuthResolver<User>) throws {
        // snippet: tickets
        let tickets = try Tickets()
        let visitors = try TicketResolver(tickets) { ticket in try await users.find(ticket.userID) }

        router.group().add(middleware: OriginMiddleware()).post("ticket") { request, context in
            let found = try await auth.requireUser(request, context: context)
            return ["ticket": try await tickets.issue(for: found, path: "/ws", request: request)]
        }
        router.webSocket("/ws", auth: AuthResolverChain([visitors, auth]))
        // end
    }
}
