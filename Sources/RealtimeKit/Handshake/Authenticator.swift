//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird

/// How an endpoint recognises the user behind a request.
struct Authenticator<Context: RequestContext, User: Sendable>: Sendable {
    /// Finds the user behind a request.
    let authenticate: @Sendable (Request, Context) async throws -> AuthOutcome<User>
    /// Whether there is a resolver, and so a request may bring another credential for a connection that is open.
    let hasResolver: Bool
    /// What recognises another credential that is a text.
    let tokens: [any TokenAuthResolver<User>]

    private init(
        hasResolver: Bool,
        tokens: [any TokenAuthResolver<User>],
        authenticate: @escaping @Sendable (Request, Context) async throws -> AuthOutcome<User>
    ) {
        self.authenticate = authenticate
        self.hasResolver = hasResolver
        self.tokens = tokens
    }

    /// Asks a resolver.
    init(_ auth: some AuthResolver<User>) {
        self.init(hasResolver: true, tokens: auth.tokenResolvers) { try await auth.resolve($0, context: $1) }
    }

    /// Asks a closure that gives a user or `nil`.
    ///
    /// - Parameter userID: the name under which a user's connections are found.
    init(_ resolveUser: @escaping @Sendable (Request, Context) async throws -> User?, userID: (@Sendable (User) -> String)?) {
        self.init(hasResolver: false, tokens: []) { request, context in
            guard let user = try await resolveUser(request, context) else { return .none }
            return .user(Authentication(user: user, userID: userID?(user), method: .custom))
        }
    }

    /// Knows nobody.
    static var anonymous: Authenticator { Authenticator(hasResolver: false, tokens: []) { _, _ in .none } }
}

extension Authenticator where User: Identifiable {
    /// Asks a closure, and knows users by their `id`.
    init(_ resolveUser: @escaping @Sendable (Request, Context) async throws -> User?) {
        self.init(resolveUser) { String(describing: $0.id) }
    }
}
