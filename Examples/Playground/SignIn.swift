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
        /// How long a token is good, in seconds; a day by default.
        let seconds: Int?
    }

    private struct Lifetime: Decodable {
        let seconds: Int?
    }

    private struct Kick: Decodable {
        let user: String
    }

    private struct Kicked: ResponseEncodable {
        let kicked: Int
    }

    private struct Token: ResponseEncodable {
        let token: String
    }

    private struct Destination: Decodable {
        let path: String
    }

    /// Who is signed in, and how; nothing for nobody.
    private struct Account: ResponseEncodable {
        var user: String?
        var method: String?
    }

    private struct Ticket: ResponseEncodable {
        let ticket: String
    }

    func addRoutes(to router: Router<BasicRequestContext>, _ origins: [String]) throws {
        let group = router.group().add(middleware: try OriginMiddleware(.origins(origins)))
        group.post("/login") { request, context in try await self.login(request, context) }
        group.post("/logout") { request, _ in try await self.logout(request) }
        group.post("/ticket") { request, context in try await self.ticket(request, context) }
        group.post("/token") { request, context in try await self.token(request, context) }
        group.post("/kick") { request, context in try await self.kick(request, context) }
        router.get("/me") { request, context in
            let found = try await self.accounts.auth.authenticate(request, context: context)
            return Account(user: found?.user.id, method: (found?.method).map { "\($0)" })
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
            cookie = try await self.accounts.tokenCookie(for: user, lifetime: try Self.lifetime(login.seconds))
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

    private static func lifetime(_ seconds: Int?) throws -> Int {
        let seconds = seconds ?? Accounts.tokenLifetime
        guard Accounts.tokenLifetimes.contains(seconds) else {
            throw HTTPError(.unprocessableContent, message: "seconds are 1 to \(Accounts.tokenLifetime)")
        }
        return seconds
    }

    /// Gives a signed-in page a token, with which it goes on when the one that it has expires.
    private func token(_ request: Request, _ context: BasicRequestContext) async throws -> Token {
        let found = try await self.accounts.auth.requireUser(request, context: context)
        let wish = try await request.decode(as: Lifetime.self, context: context)
        return Token(token: try await self.accounts.token(for: found.user, lifetime: try Self.lifetime(wish.seconds)))
    }

    /// Ends all connections of a user, who is refused for a minute: admin may do that.
    private func kick(_ request: Request, _ context: BasicRequestContext) async throws -> Kicked {
        guard try await self.accounts.auth.requireUser(request, context: context).user.id == "admin" else {
            throw HTTPError(.forbidden, message: "admin alone may do that")
        }
        let user = try await request.decode(as: Kick.self, context: context).user
        return Kicked(kicked: DenyList.shared.kick(user: user, for: .seconds(60)))
    }

    /// Gives a page something for the URL of its EventSource or WebSocket.
    private func ticket(_ request: Request, _ context: BasicRequestContext) async throws -> Ticket {
        let found = try await self.accounts.auth.requireUser(request, context: context)
        let destination = try await request.decode(as: Destination.self, context: context)
        do {
            return Ticket(ticket: try await self.accounts.tickets.issue(for: found, path: destination.path, request: request))
        } catch let error as RealtimeError {
            throw HTTPError(.badRequest, message: error.message)
        }
    }
}
