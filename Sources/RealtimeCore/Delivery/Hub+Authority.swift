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
    /// What a connection was opened with, or has brought since; `nil` for one that is anonymous or not there.
    package func authority(of id: ConnectionID) -> Authority? {
        self.state.withLock { $0.authorities[id] }
    }

    /// The connections whose authority is of some kind.
    package func connections(whose isMeant: (Authority) -> Bool) -> [(id: ConnectionID, authority: Authority)] {
        // The predicate is ours, and calls nobody.
        self.state.withLock { state in state.authorities.filter { isMeant($0.value) }.map { ($0.key, $0.value) } }
    }

    /// A connection goes on with another authority.
    ///
    /// - Parameters:
    ///   - term: how long that lasts; `nil` when it does not end.
    ///   - reauthorize: asks anew about what the connection may do.
    /// - Returns: whether the connection is there.
    package func renew(
        _ id: ConnectionID,
        _ authority: Authority,
        _ term: AuthorityTerm?,
        _ reauthorize: (@Sendable () async -> Void)?
    ) -> Bool {
        let connection = self.state.withLock { state -> Connection? in
            guard let connection = state.registry.handle(of: id)?.handle else { return nil }
            state.authorities[id] = authority
            return connection
        }
        guard let connection else { return false }
        connection.shard.loop.execute {
            connection.renew(term)
            connection.reauthorize = reauthorize
        }
        return true
    }

    /// Asks anew about what connections may do, and returns when that is done.
    ///
    /// - Returns: how many of them could be asked about.
    package func reauthorize(_ ids: [ConnectionID]) async -> Int {
        let connections = self.query { registry in ids.compactMap { registry.handle(of: $0)?.handle } }
        return await withTaskGroup(of: Bool.self) { group in
            for connection in connections {
                group.addTask {
                    guard let ask = try? await connection.shard.loop.submit({ connection.reauthorize }).get() else { return false }
                    await ask()
                    return true
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }
}
