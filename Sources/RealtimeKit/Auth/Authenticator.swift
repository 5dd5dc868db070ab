//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird

/// Ways to recognise the user behind a request, other than an ``AuthResolver``.
enum Authenticator {
    /// What a closure that gives a user or `nil` means.
    ///
    /// - Parameter userID: the name under which a user's connections are found.
    static func closure<Context: RequestContext, User: Sendable>(
        _ resolveUser: @escaping @Sendable (Request, Context) async throws -> User?,
        userID: (@Sendable (User) -> String)?
    ) -> Admission<Context, User>.Authenticate {
        { request, context in
            guard let user = try await resolveUser(request, context) else { return .none }
            return .user(Authentication(user: user, userID: userID?(user), method: .custom))
        }
    }
}
