//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// A result that somebody waits for: of all that are offered, such as that of a hook and its timeout, the first one counts.
final class FirstResult<Answer: Sendable>: Sendable {
    private struct State {
        var result: Result<Answer, any Error>?
        var waiter: CheckedContinuation<Answer, any Error>?
    }

    private let state = Mutex(State())

    /// The result, once there is one.
    var result: Result<Answer, any Error>? { self.state.withLock { $0.result } }

    /// Offers a result.
    ///
    /// - Returns: whether it was the first.
    @discardableResult
    func finish(_ result: Result<Answer, any Error>) -> Bool {
        let (isFirst, waiter) = self.state.withLock { state -> (Bool, CheckedContinuation<Answer, any Error>?) in
            guard state.result == nil else { return (false, nil) }
            state.result = result
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        waiter?.resume(with: result)
        return isFirst
    }

    /// Waits for the result. At most one task waits.
    func wait() async throws -> Answer {
        try await withCheckedThrowingContinuation { waiter in
            let result = self.state.withLock { state in
                if state.result == nil { state.waiter = waiter }
                return state.result
            }
            if let result { waiter.resume(with: result) }
        }
    }
}
