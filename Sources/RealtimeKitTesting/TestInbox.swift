//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// What has arrived and was not asked for yet. One task asks at a time.
package final class TestInbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: ArraySlice<Element> = []
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// Something has arrived.
    package func add(_ element: Element) { self.change { $0.elements.append(element) } }

    /// Nothing more will arrive.
    package func finish() { self.change { $0.isFinished = true } }

    /// The next element; `nil` when nothing more will arrive.
    ///
    /// - Parameter timeout: how long to wait; `nil` for as long as it takes.
    /// - Throws: ``TestTimeout``, and `CancellationError` when the waiting task is cancelled.
    package func next(timeout: Duration?) async throws -> Element? {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                self.wake()
            }
        }
        defer { timer?.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isReady = self.state.withLock { state in
                    guard state.elements.isEmpty, !state.isFinished, !Task.isCancelled else { return true }
                    if let deadline, deadline <= .now { return true }
                    state.waiter = waiter
                    return false
                }
                if isReady { waiter.resume() }
            }
        } onCancel: {
            self.wake()
        }
        return try self.state.withLock { state in
            if let element = state.elements.popFirst() { return element }
            if state.isFinished { return nil }
            try Task.checkCancellation()
            throw TestTimeout(what: "nothing was received within \(timeout ?? .zero)")
        }
    }

    private func wake() { self.change { _ in } }

    /// Changes the state and wakes who waits: in one go, so that nobody is woken who has begun to wait after the change.
    private func change(_ body: (inout State) -> Void) {
        let waiter = self.state.withLock { state in
            body(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
