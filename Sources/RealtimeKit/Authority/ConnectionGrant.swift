//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// What a connection is opened with, and who may take it back in the same moment.
struct ConnectionGrant: Sendable {
    let grant: AuthorityGrant
    let denyList: DenyList

    /// Ends a connection whose user was kicked between being asked for a credential and being registered.
    func check(_ id: ConnectionID, _ hub: Hub) {
        guard self.denyList.denies(self.grant.authority) else { return }
        // Not if it has another by now.
        if self.denyList.denies(hub.authority(of: id)) { hub.end([id], .kicked) }
    }
}
