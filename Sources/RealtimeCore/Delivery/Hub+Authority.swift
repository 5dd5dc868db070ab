//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

extension Hub {
    /// Who has a connection, and who can be asked about that.
    struct Holder {
        var authority: Authority
        let reauthorization: (any Reauthorizing)?

        init(_ grant: AuthorityGrant) {
            self.authority = grant.authority
            self.reauthorization = grant.reauthorization
        }
    }

    /// What a connection was opened with, or has brought since; `nil` for one that is anonymous or not there.
    package func authority(of id: ConnectionID) -> Authority? {
        self.state.withLock { $0.holders[id]?.authority }
    }

    /// What asks about a connection; `nil` for one that is anonymous or not there, and where nobody can be asked.
    package func reauthorization(of id: ConnectionID) -> (any Reauthorizing)? {
        self.state.withLock { $0.holders[id]?.reauthorization }
    }

    /// The connections whose authority is of some kind.
    package func connections(whose isMeant: (Authority) -> Bool) -> [(id: ConnectionID, authority: Authority)] {
        // The predicate is ours, and calls nobody.
        self.state.withLock { state in state.holders.filter { isMeant($0.value.authority) }.map { ($0.key, $0.value.authority) } }
    }

    /// A connection goes on with what its client has brought.
    ///
    /// - Returns: whether the connection is there.
    package func renew(_ id: ConnectionID, _ grant: AuthorityGrant) -> Bool {
        let connection = self.state.withLock { state -> Connection? in
            guard let connection = state.registry.handle(of: id)?.handle else { return nil }
            state.holders[id] = Holder(grant)
            return connection
        }
        guard let connection else { return false }
        connection.shard.loop.execute { connection.renew(grant.term) }
        return true
    }

    /// A session has got another id: its connections are those of the other from now on.
    package func rename(session: String, to other: String) {
        self.state.withLock { state in
            for (id, holder) in state.holders where holder.authority.sessionID == session {
                state.holders[id]?.authority = holder.authority.with(sessionID: other)
            }
        }
    }

    /// Asks anew about what connections may do, and returns when that is done.
    ///
    /// - Returns: how many of them could be asked about.
    package func reauthorize(_ ids: [ConnectionID]) async -> Int {
        let asked = self.state.withLock { state in ids.compactMap { state.holders[$0]?.reauthorization } }
        await withTaskGroup(of: Void.self) { group in
            for reauthorization in asked { group.addTask { await reauthorization.reauthorize() } }
        }
        return asked.count
    }
}
