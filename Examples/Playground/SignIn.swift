//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

/// The routes for signing in and out. Pages of other sites cannot use them.
struct SignIn: Sendable {
    let accounts: Accounts

    private struct Login: Decodable {
        /// What the browser is to keep.
        enum Kind: String, Decodable {
            case session
            case jwt
        }

        let user: String
        let with: Kind?
    }

    private struct Destination: Decodable {
        let path: String
    }

    private struct Account: ResponseEncodable {
        let user: String
        let method: String
    }

    private struct Ticket: ResponseEncodable {
        let ticket: String
    }

    func addRoutes(to router: Router<BasicRequestContext>, _ origins: [String]) throws {
        let group = router.group().add(middleware: try OriginMiddleware(.origins(origins)))
        group.post("/login") { request, context in try await self.login(request, context) }
        group.post("/logout") { request, _ in try await self.logout(request) }
        group.post("/ticket") { request, context in try await self.ticket(request, context) }
        router.get("/me") { request, context in
            let found = try await self.accounts.auth.requireUser(request, context: context)
            return Account(user: found.user.id, method: "\(found.method)")
        }
    }

    private func login(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let login = try await request.decode(as: Login.self, context: context)
        guard let user = DemoUser(id: login.user) else {
            throw HTTPError(.unprocessableContent, message: "the users are alice and admin")
        }
        let account: Account
        let cookie: Cookie
        switch login.with ?? .session {
        case .session:
            let session = try await self.accounts.sessions.create(for: user.id, replacing: request)
            account = Account(user: user.id, method: "session")
            cookie = self.accounts.sessions.cookie.login(session)
        case .jwt:
            account = Account(user: user.id, method: "jwt_cookie")
            cookie = try await self.accounts.tokenCookie(for: user)
        }
        var response = try account.response(from: request, context: context)
        response.setCookie(cookie)
        return response
    }

    private func logout(_ request: Request) async throws -> Response {
        try await self.accounts.sessions.revoke(presentedBy: request)
        var response = Response(status: .noContent)
        response.setCookie(self.accounts.sessions.cookie.logout)
        response.setCookie(self.accounts.expiredTokenCookie)
        return response
    }

    /// Gives a page something for the URL of its EventSource or WebSocket.
    private func ticket(_ request: Request, _ context: BasicRequestContext) async throws -> Ticket {
        let found = try await self.accounts.auth.requireUser(request, context: context)
        let destination = try await request.decode(as: Destination.self, context: context)
        return Ticket(ticket: try await self.accounts.tickets.issue(for: found, path: destination.path, request: request))
    }
}
