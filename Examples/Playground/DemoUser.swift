//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// A user of the Playground: alice or admin.
struct DemoUser: Identifiable, Sendable {
    let id: String

    static let alice = DemoUser(known: "alice")
    private static let names: Set = ["alice", "admin"]

    /// Finds a user; `nil` for a name that nobody has.
    init?(id: String) {
        guard Self.names.contains(id) else { return nil }
        self.init(known: id)
    }

    private init(known id: String) {
        self.id = id
    }
}
