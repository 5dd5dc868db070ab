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
    /// Whether the connection's handlers are the ones that a takeover expects.
    let isKnown: Bool
    private let takenOver = Atomic(false)

    init(channel: any Channel, isKnown: Bool) {
        self.channel = channel
        self.isKnown = isKnown
    }

    /// Whether the connection serves no more requests: those that were sent behind the one for a stream are not answered.
    var isTakenOver: Bool { self.takenOver.load(ordering: .acquiring) }

    func setTakenOver() { self.takenOver.store(true, ordering: .releasing) }
}
