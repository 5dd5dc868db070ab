//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
public import RealtimeCore
import Synchronization

/// A clock that stands still until a test moves it: for heartbeats, ages of outboxes, timeouts of hooks and the time that a shutdown takes.
public final class ManualClock: EngineClock {
    private struct State {
        var now: NIODeadline = .uptimeNanoseconds(1_000_000_000)
        var drivers: [@Sendable (NIODeadline) -> EventLoopFuture<Void>] = []
        var sleepers: [Int: (deadline: NIODeadline, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var lastSleeper = 0
    }

    private let state = Mutex(State())

    /// Makes a clock.
    public init() {}

    package func now() -> NIODeadline { self.state.withLock { $0.now } }

    package func drive(_ advance: @escaping @Sendable (NIODeadline) -> EventLoopFuture<Void>) -> Bool {
        self.state.withLock { $0.drivers.append(advance) }
        return true
    }

    /// How many tasks are waiting for the clock.
    public var sleeperCount: Int { self.state.withLock { $0.sleepers.count } }

    package func sleep(for duration: Duration) async throws {
        let id = self.state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = self.state.withLock { state in
                    // Asked once: the task may be cancelled in between.
                    let isCancelled = Task.isCancelled
                    if !isCancelled { state.sleepers[id] = (state.now + TimeAmount(duration), continuation) }
                    return isCancelled
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            self.state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves time forward; everything that is due has happened when this returns.
    public func advance(by duration: Duration) async throws {
        let (now, drivers, due) = self.state.withLock { state in
            state.now = state.now + TimeAmount(duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return (state.now, state.drivers, due.values.map(\.continuation))
        }
        for continuation in due { continuation.resume() }
        for drive in drivers { try await drive(now).get() }
    }
}
