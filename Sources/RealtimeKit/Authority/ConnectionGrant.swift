//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// What a connection is opened with.
struct ConnectionGrant: Sendable {
    let authority: Authority
    /// How long that lasts; `nil` when it does not end.
    let term: AuthorityTerm?
    let denyList: DenyList
    /// Asks anew about what the connection may do.
    let reauthorize: (@Sendable () async -> Void)?

    /// Ends a connection whose user was kicked between being asked for a credential and being registered.
    func check(_ id: ConnectionID, _ hub: Hub) {
        if self.denyList.denies(self.authority) { hub.end([id], .kicked) }
    }
}
