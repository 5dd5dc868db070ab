//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKitTesting

extension ManualClock {
    /// Lets time pass, 50 ms at a time, until a task has ended.
    func run(until task: Task<Void, Never>) async throws {
        let isDone = Recorder<Void>()
        Task {
            await task.value
            isDone.add(())
        }
        while isDone.values.isEmpty {
            try await self.advance(by: .milliseconds(50))
            await Task.yield()
        }
    }
}
