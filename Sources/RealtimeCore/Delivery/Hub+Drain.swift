//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import NIOCore
import Synchronization

/// The end of a hub's service.
extension Hub {
    /// How often a drain ends some connections, and looks whether they are gone.
    private static let drainInterval: Duration = .milliseconds(50)
    /// At least so many connections are ended at a time: a handful is not worth spreading.
    private static let minEndedAtOnce = 50

    /// Whether new connections should be told to come back later.
    package var isDraining: Bool { self.state.withLock { $0.isDraining } }

    /// Whether somebody will drain the hub when the application stops.
    var drains: Bool { self.state.withLock { $0.drainers > 0 || $0.isDraining } }

    /// A service promises to call ``drain()`` when the application stops.
    package func addDrainer() { self.state.withLock { $0.drainers += 1 } }

    /// The service is over.
    package func removeDrainer() { self.state.withLock { $0.drainers -= 1 } }

    /// Ends all connections, spread over most of the grace period, and waits until they are gone or the period is over. Connections that
    /// come meanwhile are ended as well. Afterwards the hub serves again, should anybody connect.
    package func drain() async {
        let (connected, grace) = self.state.withLock { state in
            state.isDraining = true
            return (state.live, state.configuration.drainGrace)
        }
        defer { self.state.withLock { $0.isDraining = false } }
        if connected > 0 {
            self.log.logger.info("Ending connections", metadata: ["rt.connections": "\(connected)", "rt.grace": "\(grace)"])
        }
        let rounds = max(1, Int(grace * 0.8 / Self.drainInterval))
        let perRound = max(Self.minEndedAtOnce, (connected + rounds - 1) / rounds)
        let deadline = self.clock.now() + TimeAmount(grace)
        while self.clock.now() < deadline {
            self.end(Array(self.query { $0.connectionIDs }.prefix(perRound)), .shutdown)
            guard self.state.withLock({ $0.live }) > 0 else { return }
            // Cancellation means that nobody waits any longer.
            guard (try? await self.clock.sleep(for: Self.drainInterval)) != nil else { break }
        }
        self.end(self.query { $0.connectionIDs }, .shutdown)
        let left = self.state.withLock { $0.live }
        if left > 0 {
            self.log.logger.warning("Connections were still open at the end of the grace period", metadata: ["rt.connections": "\(left)"])
        }
    }
}
