//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import RealtimeKit

/// A user of the Playground.
struct DemoUser: Identifiable, Sendable {
    let id: String

    static let alice = DemoUser(id: "alice")
}

/// Knows one bearer token and one API key, both of alice's.
struct DemoUsers: AuthResolver {
    let settings: Settings

    func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<DemoUser> {
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1] == self.settings.bearerToken else { return .rejected }
            return .user(Authentication(user: .alice, userID: DemoUser.alice.id, method: .bearer))
        }
        if let name = HTTPField.Name("x-api-key"), let key = request.headers[name] {
            guard key == self.settings.apiKey else { return .rejected }
            return .user(Authentication(user: .alice, userID: DemoUser.alice.id, method: .apiKey))
        }
        return .none
    }
}
