//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

/// A resolver that answers what it is told to, and reports that it was asked.
struct SampleResolver: AuthResolver {
    let name: String
    var isAmbient = false
    let outcome: AuthOutcome<TestUser>
    var error: (any Error & Sendable)?
    let asked: Recorder<String>

    func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<TestUser> {
        self.asked.add(self.name)
        if let error { throw error }
        return self.outcome
    }
}

/// Knows users by the cookie `session`, whose value is their name; `stolen` is nobody's.
struct CookieSample: AuthResolver {
    var isAmbient: Bool { true }

    func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<TestUser> {
        switch PresentedCredential.cookie("session", of: request) {
        case .absent: .none
        case .malformed, .one("stolen"): .rejected
        case .one(let name): .user(.sample(name, isAmbient: true))
        }
    }
}

/// The resolvers of most applications: a bearer token, of which there is one, `good`, and a cookie.
enum SampleChain {
    static func make(policy: AuthResolverChain<TestUser>.Policy = .firstPresent) -> AuthResolverChain<TestUser> {
        AuthResolverChain(policy: policy) {
            CookieSample()
            BearerTokenResolver { token in token == "good" ? TestUser(id: "bearer") : nil }
        }
    }
}

extension Authentication<TestUser> {
    static func sample(_ name: String, isAmbient: Bool = false) -> Authentication<TestUser> {
        Authentication(user: TestUser(id: name), userID: name, method: isAmbient ? .session : .bearer, isAmbient: isAmbient)
    }
}

extension AuthOutcome<TestUser> {
    /// The outcome as a word, with the user's name.
    var word: String {
        switch self {
        case .none: "none"
        case .rejected: "rejected"
        case .user(let found): found.user.id
        }
    }
}
