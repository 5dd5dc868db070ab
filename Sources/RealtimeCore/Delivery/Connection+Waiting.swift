//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// What waits for a client, and what happens when that is too much.
extension Connection {
    /// What waits behind the write under way.
    var waitingBytes: Int { self.outbox.waitingBytes }

    /// When the oldest unsent byte was accepted; `nil` when there is none.
    var stalledSince: NIODeadline? { self.outbox.oldest }

    /// Tells the shard what waits, or how old it is, after that may have changed. Where nothing waited and nothing does there is nothing to tell:
    /// clients that keep up cost the budget nothing.
    func waitingHasChanged(from before: Int) {
        guard before > 0 || self.outbox.waitingBytes > 0 else { return }
        self.shard.waitingHasChanged(for: self, by: self.outbox.waitingBytes - before)
    }

    /// Ends the connection because its client is too slow.
    ///
    /// - Parameter budget: what waits for all connections and what may, if that is the cause.
    func evict(_ cause: EvictionCause, budget: (bytes: Int, maxBytes: Int)? = nil) {
        let now = self.shard.clock.now()
        self.hub.metrics.evicted(cause)
        self.hub.log.evicted(
            self.id,
            cause,
            waitingBytes: self.outbox.waitingBytes,
            age: now - (self.outbox.oldest ?? now),
            budget: budget,
            at: now
        )
        self.abort(.slowConsumer)
    }

    /// Ends the connection because it has been stalled longest, and more waits for all connections together than may.
    ///
    /// - Returns: whether it is ended; otherwise nobody has to go.
    func shed(waitingForAll bytes: Int, of maxBytes: Int) -> Bool {
        let shedding = Shedding(bytes: bytes, maxBytes: maxBytes)
        guard !shedding.spares(holding: self.outbox.waitingBytes, isOneMessage: self.outbox.holdsOneMessage) else { return false }
        self.evict(.budget, budget: (bytes, maxBytes))
        return true
    }
}
