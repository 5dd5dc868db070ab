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

/// The calls for authentication in docs/COMING-FROM.md: compiled, so that they stay true, and never run.
enum ComingFromAuthentication {
    static func resolvers(users: Directory, secret: String, sessions: SessionManager, keys: MemoryAPIKeyStore) async throws -> AuthResolverChain<User>
    {
        let verifier = try await JWTVerifier(keys: [.hmac(secret)])
        let header = JWTResolver(verifier) { claims in try await users.find(claims.subject) }
        let chain = try AuthResolverChain {
            BearerTokenResolver { token in try await users.find(token: token) }
            JWTResolver(verifier, source: .cookie("jwt")) { claims in try await users.find(claims.subject) }
            SessionCookieResolver(sessions) { session in try await users.find(session.userID) }
            try APIKeyResolver(keys) { key in try await users.find(key.userID) }
        }
        return AuthResolverChain(policy: .firstSuccess) {
            header
            chain
        }
    }

    static func endpoints(router: Router<BasicRequestContext>, auth: AuthResolverChain<User>) {
        router.sse("/sse", auth: auth)
        router.webSocket("/ws", auth: auth)
        router.sse("/private", auth: auth, onConnect: { $0.user?.isAdmin == true })
    }

    static func handler(request: Request, context: BasicRequestContext, auth: AuthResolverChain<User>) async throws {
        let found = try await auth.requireUser(request, context: context)
        let maybe = try await auth.authenticate(request, context: context)
        guard found.user.isAdmin else { throw HTTPError(.forbidden) }
        print(found.method, found.userID ?? "-", maybe?.user.id ?? "-")
    }

    static func group(router: Router<Authenticating.AppContext>, auth: AuthResolverChain<User>) {
        router.group("admin").add(middleware: AuthenticationMiddleware(auth, isRequired: true)).get { _, context in
            context.authentication?.user.id ?? "-"
        }
    }
}
