//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Recognises what clients bring instead of a credential that is about to expire.
struct TokenRefresh<User: Sendable>: Sendable {
    private let resolvers: [any TokenAuthResolver<User>]

    /// Makes one; `nil` where clients cannot bring anything.
    init?(_ resolvers: [any TokenAuthResolver<User>]) {
        guard !resolvers.isEmpty else { return nil }
        self.resolvers = resolvers
    }

    /// Finds out whose a token is; `nil` for one that is not good.
    ///
    /// - Throws: what a resolver throws that could not check it.
    func resolve(_ token: String) async throws -> Authentication<User>? {
        for resolver in self.resolvers {
            if case .user(let found) = try await resolver.resolve(token: token) { return found }
        }
        return nil
    }
}
