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
    package func add(_ element: Element) {
        self.state.withLock { $0.elements.append(element) }
        self.wake()
    }

    /// Nothing more will arrive.
    package func finish() {
        self.state.withLock { $0.isFinished = true }
        self.wake()
    }

    /// The next element; `nil` when nothing more will arrive.
    ///
    /// - Throws: ``TestTimeout``, and `CancellationError` when the waiting task is cancelled.
    package func next(timeout: Duration) async throws -> Element? {
        let timer = Task {
            try await Task.sleep(for: timeout)
            self.wake()
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isReady = self.state.withLock { state in
                    guard state.elements.isEmpty, !state.isFinished, !Task.isCancelled else { return true }
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
            throw TestTimeout(what: "nothing was received within \(timeout)")
        }
    }

    private func wake() {
        let waiter = self.state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
