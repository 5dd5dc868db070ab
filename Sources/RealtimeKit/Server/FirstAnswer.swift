//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// The answer to a question that is asked only once.
final class FirstAnswer: Sendable {
    private enum State: UInt8, AtomicRepresentable {
        case open
        case no
        case yes
    }

    private let state = Atomic(State.open)

    /// The answer; `false` before there is one.
    var value: Bool { self.state.load(ordering: .acquiring) == .yes }

    /// Asks, unless there is an answer.
    func set(_ question: () -> Bool) {
        guard self.state.load(ordering: .acquiring) == .open else { return }
        self.state.store(question() ? .yes : .no, ordering: .releasing)
    }
}
