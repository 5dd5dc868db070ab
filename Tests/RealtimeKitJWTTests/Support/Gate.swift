//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit

/// A gate that tests open once.
struct Gate: Sendable {
    private let signal = Signal()

    /// Waits until the gate is open, or until the waiting task is cancelled.
    func pass() async { await self.signal.wait() }

    /// Lets everybody through.
    func open() { self.signal.send() }
}
