//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// True exactly once, for things that are said only the first time.
final class OnceFlag: Sendable {
    private let state = Atomic(false)

    /// Whether there was a call.
    var isTaken: Bool { self.state.load(ordering: .relaxed) }

    /// Whether this is the first call.
    func take() -> Bool {
        if self.isTaken { return false }
        return self.state.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
    }
}
