//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit

/// Where the snippets about authentication find users: a database, in an application.
struct Directory: Sendable {
    func find(_ id: String) async throws -> User? { nil }
    func find(token: String) async throws -> User? { nil }
    func check(_ login: Login) async throws -> User? { nil }
}

struct Login: Decodable {
    let name: String
    let password: String
}
