//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Synchronization

/// The time, which tests set.
final class TestClock: Sendable {
    private let state = Mutex(TestToken.now)

    var now: Date { self.state.withLock { $0 } }

    func advance(by seconds: TimeInterval) { self.state.withLock { $0 += seconds } }
}
