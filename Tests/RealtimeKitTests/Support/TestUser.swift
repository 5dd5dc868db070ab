//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird

/// A user of the tests, named by the header `From`.
struct TestUser: Identifiable, Sendable {
    let id: String

    static func resolve(_ request: Request, _ context: some RequestContext) async throws -> TestUser? {
        request.headers[.from].map(TestUser.init)
    }
}
