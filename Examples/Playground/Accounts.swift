//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import JWTKit
import RealtimeKit
import RealtimeKitJWT

/// Who may sign in, and what they can show: each kind of credential there is.
struct Accounts: Sendable {
    let sessions: SessionManager
    let tickets: Tickets
    /// What keeps the sessions, a service of the application.
    let driver: MemoryPersistDriver<ContinuousClock>
    /// What recognises the users of streams, rooms and routes.
    let auth: AuthResolverChain<DemoUser>
    private let signer: JWTKeyCollection

    init(_ settings: Settings) async throws {
        let driver = MemoryPersistDriver()
        let sessions = try SessionManager(store: PersistSessionStore(driver), configuration: .init(cookie: .insecure))
        if let id = settings.session { _ = try await sessions.create(id: id, for: DemoUser.alice.id) }
        let keys = MemoryAPIKeyStore([APIKeyRecord(settings.apiKey, userID: DemoUser.alice.id)])
        let tickets = try Tickets()
        // An EventSource comes back with the URL that it has.
        let cookie = try TicketCookie(secret: settings.jwtSecret, isSecure: false)
        let verifier = try await JWTVerifier(keys: [.hmac(settings.jwtSecret)])
        self.driver = driver
        self.sessions = sessions
        self.tickets = tickets
        self.auth = try AuthResolverChain {
            JWTResolver(verifier) { DemoUser(id: $0.subject) }
            try APIKeyResolver(keys) { DemoUser(id: $0.userID) }
            try TicketResolver(tickets, cookie: cookie) { DemoUser(id: $0.userID) }
            JWTResolver(verifier, source: .cookie(Self.jwtCookie)) { DemoUser(id: $0.subject) }
            SessionCookieResolver(sessions) { DemoUser(id: $0.userID) }
        }
        self.signer = await JWTKeyCollection().add(hmac: HMACKey(from: settings.jwtSecret), digestAlgorithm: .sha256)
    }

    /// The name of the cookie with a token.
    private static let jwtCookie = "jwt"
    static let tokenLifetime = 24 * 3600
    /// The shortest and the longest life of a token that is asked for, in seconds.
    static let tokenLifetimes = 1...tokenLifetime

    private struct Claims: JWTPayload {
        let sub: SubjectClaim
        let exp: ExpirationClaim
        let jti: IDClaim

        // Tokens are checked by the verifier.
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// A token for a user, good for some seconds; a day by default.
    func token(for user: DemoUser, lifetime: Int = Accounts.tokenLifetime) async throws -> String {
        let end = Date.now.addingTimeInterval(Double(lifetime))
        let id = IDClaim(value: "\(ConnectionID())")
        return try await self.signer.sign(Claims(sub: .init(value: user.id), exp: .init(value: end), jti: id))
    }

    /// The cookie with a token.
    func tokenCookie(for user: DemoUser, lifetime: Int = Accounts.tokenLifetime) async throws -> Cookie {
        let token = try await self.token(for: user, lifetime: lifetime)
        return Cookie(name: Self.jwtCookie, value: token, maxAge: lifetime, path: "/", httpOnly: true, sameSite: .lax)
    }

    /// The cookie that makes a browser forget the token.
    var expiredTokenCookie: Cookie { Cookie(name: Self.jwtCookie, value: "", maxAge: 0, path: "/", httpOnly: true, sameSite: .lax) }
}
