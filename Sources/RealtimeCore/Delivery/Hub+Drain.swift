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
    package var isDraining: Bool { self.state.withLock { $0.drain != nil } }

    /// Whether somebody will drain the hub when the application stops.
    var drains: Bool { self.state.withLock { $0.drainers > 0 || $0.drain != nil } }

    /// A service promises to call ``drain()`` when the application stops.
    package func addDrainer() { self.state.withLock { $0.drainers += 1 } }

    /// The service is over.
    package func removeDrainer() { self.state.withLock { $0.drainers -= 1 } }

    /// The server stops serving requests: connections are ended now, even if whoever promised to do so is not asked yet. The server may
    /// wait for other requests for long.
    func serverIsQuiescing() {
        guard !self.isDraining else { return }
        Task { await self.drain() }
    }

    /// Ends all connections, spread over most of the grace period, and waits until they are gone or the period is over. Connections that
    /// come meanwhile are ended as well. Afterwards the hub serves again, should anybody connect. A second call waits for the first.
    package func drain() async {
        let drain = self.state.withLock { state in
            if let drain = state.drain { return drain }
            let grace = state.configuration.drainGrace
            let drain = Task { await self.endEveryone(within: grace) }
            state.drain = drain
            return drain
        }
        await withTaskCancellationHandler {
            await drain.value
        } onCancel: {
            // Nobody waits any longer.
            drain.cancel()
        }
        self.state.withLock { $0.drain = nil }
    }

    private func endEveryone(within grace: Duration) async {
        let began = self.clock.now()
        let spread = grace * 0.8
        var waiting = self.query { $0.connectionIDs }[...]
        let total = waiting.count
        if total > 0 {
            self.log.logger.info("Ending connections", metadata: ["rt.connections": "\(total)", "rt.grace": "\(grace)"])
        }
        while true {
            let elapsed = Duration(self.clock.now() - began)
            if waiting.isEmpty { waiting = self.query { $0.connectionIDs }[...] }
            // As many as should be ended by now, so that rounds that come late make up for it.
            let due = elapsed >= spread ? waiting.count : Int(Double(total) * (elapsed / spread)) - (total - waiting.count)
            let round = waiting.prefix(max(Self.minEndedAtOnce, due))
            self.end(Array(round), .shutdown)
            waiting = waiting.dropFirst(round.count)
            let live = self.state.withLock { $0.live }
            if live == 0 { return }
            guard elapsed < grace, (try? await self.clock.sleep(for: Self.drainInterval)) != nil else {
                self.end(self.query { $0.connectionIDs }, .shutdown)
                self.log.logger.warning("Connections were still open at the end of the shutdown", metadata: ["rt.connections": "\(live)"])
                return
            }
        }
    }
}
