//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// Where the engine gets its time: the system's clock, or one that a test moves by hand.
package protocol EngineClock: Sendable {
    /// The present.
    func now() -> NIODeadline

    /// Waits; throws `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws

    /// Offers to drive the deadlines of a shard.
    ///
    /// - Parameter advance: moves the shard's time forward; may be called from any thread, and the future tells when it is done.
    /// - Returns: whether the clock will call it. The system's clock does not: shards then use their event loop's timer.
    func drive(_ advance: @escaping @Sendable (NIODeadline) -> EventLoopFuture<Void>) -> Bool
}

/// The system's monotonic clock.
package struct SystemClock: EngineClock {
    package init() {}

    package func now() -> NIODeadline { .now() }

    package func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }

    package func drive(_ advance: @escaping @Sendable (NIODeadline) -> EventLoopFuture<Void>) -> Bool { false }
}
