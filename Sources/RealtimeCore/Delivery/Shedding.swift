//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// Decides who has to go when more waits for all connections together than may.
package struct Shedding: Sendable {
    /// What waits.
    private let bytes: Int
    private let maxBytes: Int

    package init(bytes: Int, maxBytes: Int) {
        self.bytes = bytes
        self.maxBytes = maxBytes
    }

    /// Whether anybody has to go.
    package var isNeeded: Bool { self.bytes > self.maxBytes }

    /// Which event loop has to end its longest-stalled connection; `nil` when none has to, or none has any.
    ///
    /// - Parameter stalledSince: for each event loop, since when its longest-stalled connection has been so; `nil` where none is.
    package func loop(stalledSince: [NIODeadline?]) -> Int? {
        guard self.isNeeded else { return nil }
        var oldest: (index: Int, since: NIODeadline)?
        for case (let index, let since?) in stalledSince.enumerated() where since < oldest?.since ?? .distantFuture {
            oldest = (index, since)
        }
        return oldest?.index
    }

    /// Whether a connection that is next may stay all the same: all that waits in the whole process is one message of its own. Ending it would
    /// mean that a message of that size never reaches anybody who is a moment late.
    ///
    /// - Parameters:
    ///   - held: what waits for it.
    ///   - isOneMessage: whether that is a single message.
    package func spares(holding held: Int, isOneMessage: Bool) -> Bool {
        isOneMessage && held == self.bytes
    }
}
