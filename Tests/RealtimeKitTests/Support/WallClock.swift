//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Synchronization

/// A wall clock that stands still until a test moves it.
final class WallClock: Sendable {
    private let state = Mutex(Date(timeIntervalSince1970: 4_000_000_000))

    var now: Date { self.state.withLock { $0 } }

    func advance(by seconds: Double) { self.state.withLock { $0 += seconds } }
}
