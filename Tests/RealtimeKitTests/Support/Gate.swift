//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

@testable import RealtimeKit

/// A gate that tests open once, for hooks and closures that wait.
struct Gate: Sendable {
    let signal = Signal()

    /// Waits until the gate is open, even if the task is cancelled.
    func pass() async { await Task.detached { [signal] in await signal.wait() }.value }

    /// Lets everybody through.
    func open() { self.signal.send() }
}
