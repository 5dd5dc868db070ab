//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// What became of one broadcast, once every event loop has dealt with it.
public struct DeliveryReceipt: Hashable, Sendable {
    /// The connections that the broadcast was for.
    public let matched: Int
    /// Those of them for which it waits, because their client reads more slowly than messages come.
    public let queued: Int
    /// Those of them that will not get it: it was dropped by policy, or the connection ended before or because of it.
    public let dropped: Int

    package init(matched: Int, queued: Int, dropped: Int) {
        self.matched = matched
        self.queued = queued
        self.dropped = dropped
    }
}

/// Adds up what the event loops report about one message.
package final class ReceiptCollector: Sendable {
    private struct State {
        var pendingLoops = 0
        var queued = 0
        var written = 0
        var continuation: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// One more event loop will report.
    package func expectLoop() {
        self.state.withLock { $0.pendingLoops += 1 }
    }

    /// An event loop is done.
    package func report(written: Int, queued: Int) {
        let continuation: CheckedContinuation<Void, Never>? = self.state.withLock { state in
            state.written += written
            state.queued += queued
            state.pendingLoops -= 1
            guard state.pendingLoops == 0 else { return nil }
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume()
    }

    /// Waits for all loops.
    ///
    /// - Parameter matched: how many connections the message was for.
    package func receipt(matched: Int) async -> DeliveryReceipt {
        await withCheckedContinuation { continuation in
            let isDone = self.state.withLock { state in
                if state.pendingLoops > 0 { state.continuation = continuation }
                return state.pendingLoops == 0
            }
            if isDone { continuation.resume() }
        }
        return self.state.withLock { state in
            DeliveryReceipt(matched: matched, queued: state.queued, dropped: max(0, matched - state.queued - state.written))
        }
    }
}
