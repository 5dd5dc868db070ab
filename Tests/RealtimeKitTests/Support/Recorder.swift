//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Collects what hooks on other threads report.
final class Recorder<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])

    var values: [Value] { self.state.withLock { $0 } }

    func add(_ value: Value) { self.state.withLock { $0.append(value) } }
}
