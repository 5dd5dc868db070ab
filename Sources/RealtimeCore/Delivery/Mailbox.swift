//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import DequeModule

/// The one ordered queue of commands of an event loop. Bounded in bytes: what a publisher adds faster than sockets are written to has to
/// end somewhere, and it ends with the publisher being told.
package struct Mailbox: Sendable {
    /// What a command costs beside its message.
    private static let overhead = 256

    private let maxBytes: Int
    private var commands: ContiguousArray<Command> = []
    private var bytes = 0
    private var isScheduled = false

    package init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    package enum PostResult: Equatable {
        /// It is queued; the loop has to be woken.
        case wake
        /// It is queued; the loop is at work already.
        case queued
        /// The mailbox is full; the message was not taken.
        case full
    }

    /// Adds a message for many or for one. Refused when the limit is reached.
    package mutating func post(message command: Command, bytes: Int) -> PostResult {
        guard self.bytes < self.maxBytes else { return .full }
        self.bytes += bytes + Self.overhead
        return self.post(command)
    }

    /// Adds a change of members or connections, which is never refused: there are no more of them than connections and topics.
    package mutating func post(_ command: Command) -> PostResult {
        self.commands.append(command)
        if self.isScheduled { return .queued }
        self.isScheduled = true
        return .wake
    }

    /// Moves everything to the end of the loop's own batch.
    ///
    /// - Parameter goesIdle: whether the loop stops when there is nothing; the next post then wakes it.
    package mutating func take(into batch: inout Deque<Command>, goesIdle: Bool) {
        guard !self.commands.isEmpty else {
            if goesIdle { self.isScheduled = false }
            return
        }
        batch.append(contentsOf: self.commands)
        self.commands.removeAll(keepingCapacity: self.commands.count <= 256)
        self.bytes = 0
    }
}
