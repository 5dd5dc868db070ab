//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Compressors and decompressors between two uses. There are as many as work at the same time, and no connection has one of its own.
package final class DeflatePool<Element: AnyObject & Sendable>: Sendable {
    private struct State {
        var kept: [Element] = []
        var taken = 0
    }

    /// More are not kept.
    private static var maxKept: Int { 16 }

    private let state = Mutex(State())
    private let maxTaken: Int
    private let make: @Sendable () -> Element?

    /// Makes a pool.
    ///
    /// - Parameter maxTaken: how many may be in use at a time.
    init(maxTaken: Int = .max, _ make: @escaping @Sendable () -> Element?) {
        self.maxTaken = maxTaken
        self.make = make
    }

    /// Takes one, to be given back; `nil` when too many are in use, or there is no memory for it.
    func take() -> Element? {
        let (mayTake, kept) = self.state.withLock { state -> (Bool, Element?) in
            guard state.taken < self.maxTaken else { return (false, nil) }
            state.taken += 1
            return (true, state.kept.popLast())
        }
        guard mayTake else { return nil }
        if let element = kept ?? self.make() { return element }
        self.giveBack(nil)
        return nil
    }

    /// Gives one back, ready for the next message.
    func giveBack(_ element: Element?) {
        self.state.withLock { state in
            state.taken -= 1
            if let element, state.kept.count < Self.maxKept { state.kept.append(element) }
        }
    }
}
