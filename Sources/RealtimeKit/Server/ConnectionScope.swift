//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// The connection that the current task serves requests of; set by `.realtime()`.
final class ConnectionScope: Sendable {
    @TaskLocal static var current: ConnectionScope?

    let channel: any Channel
    private let takenOver = Atomic(false)

    init(channel: any Channel) {
        self.channel = channel
    }

    /// Whether the connection serves no more requests: those that were sent behind the one for a stream are not answered.
    var isTakenOver: Bool { self.takenOver.load(ordering: .acquiring) }

    func setTakenOver() { self.takenOver.store(true, ordering: .releasing) }
}
