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
    private let isTaken = Atomic(false)

    /// Whether this is the first call.
    func take() -> Bool {
        self.isTaken.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
    }
}
