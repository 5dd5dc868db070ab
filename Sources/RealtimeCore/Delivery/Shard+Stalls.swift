//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// What waits for the loop's connections, for the budget that they share with those of all other loops and hubs.
extension Shard {
    /// At most so many connections are ended at a time: the loop has other work.
    private static let maxShedAtOnce = 64

    /// What waits for a connection has changed, or how old it is.
    func waitingHasChanged(for connection: Connection, by bytes: Int) {
        if connection.slot >= 0 {
            if connection.waitingBytes > 0, let since = connection.stalledSince {
                self.stalls.set(connection.slot, since: since)
            } else {
                self.stalls.remove(connection.slot)
            }
            self.showStalls()
        }
        guard bytes != 0 else { return }
        self.metrics.waitingHasChanged(by: bytes)
        self.outboxBudget.change(by: bytes)
    }

    /// Lets other loops see since when somebody has been stalled.
    private func showStalls() {
        let board = self.stallBoard ?? self.makeStallBoard()
        board.since = self.stalls.first?.since
    }

    /// Only loops that ever had to wait for a client are looked at.
    private func makeStallBoard() -> StallBoard {
        let board = StallBoard(loop: self.loop) { [weak self, outboxBudget] in
            // Without a shard the turn has to go on.
            if let self { self.shed() } else { outboxBudget.goOn() }
        }
        self.stallBoard = board
        self.outboxBudget.join(board)
        return board
    }

    /// Ends the connections that have been stalled longest, for as long as they are the loop's, and as need be.
    private func shed() {
        self.loop.preconditionInEventLoop()
        for _ in 0..<Self.maxShedAtOnce {
            let bytes = self.outboxBudget.bytes
            // Somebody has read meanwhile, perhaps, and another loop's connection is next, or none.
            guard let next = self.outboxBudget.next(at: bytes), next === self.stallBoard, let stalled = self.stalls.first,
                let connection = self.connection(at: stalled.id)
            else { break }
            guard connection.shed(waitingForAll: bytes, of: self.outboxBudget.maxBytes) else { return self.outboxBudget.rest(at: bytes) }
        }
        self.outboxBudget.goOn()
    }
}
