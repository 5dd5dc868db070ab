//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Synchronization

/// One client's place on an ``SSEChannel``: reserved, then taken, then left; or given up when its response is forgotten.
final class SSEChannelPlace: Sendable {
    private let channel: SSEChannel
    private let isTaken = OnceFlag()
    let clientID: String

    init(_ clientID: String, on channel: SSEChannel) {
        self.clientID = clientID
        self.channel = channel
    }

    /// The connection is about to be registered. A connection that had the place before is ended.
    func occupy(with connection: ConnectionID) {
        guard self.isTaken.take() else { return }
        if let replaced = self.channel.roster.withLock({ $0.occupy(self.clientID, with: connection) }) {
            self.channel.hub.end([replaced], .kicked)
        }
    }

    /// The connection is gone.
    func leave(_ connection: ConnectionID) {
        self.channel.roster.withLock { $0.leave(connection) }
    }

    deinit {
        if self.isTaken.take() { self.channel.roster.withLock { $0.cancel(self.clientID) } }
    }
}
