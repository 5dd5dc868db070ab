//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import Logging
import NIOCore
import Synchronization

@testable import RealtimeKit

/// The server of `.realtime()`, with the tasks that serve connections counted.
final class CountingServer: Sendable {
    private let running = Atomic<Int>(0)
    private let started = Atomic<Int>(0)

    /// How many connections have a task.
    var tasks: Int { self.running.load(ordering: .sequentiallyConsistent) }
    /// How many connections ever had one.
    var total: Int { self.started.load(ordering: .sequentiallyConsistent) }

    func builder(configuration: HTTP1Channel.Configuration = .init(), headerTimeout: Duration? = nil) -> HTTPServerBuilder {
        .init { responder in
            let base = RealtimeHTTP1Channel(
                responder: responder,
                configuration: configuration,
                headerTimeout: try headerTimeout.map { try HeaderTimeout($0) }
            )
            return CountingChannel(base: base, server: self)
        }
    }

    private struct CountingChannel: ServerChildChannel {
        let base: RealtimeHTTP1Channel
        let server: CountingServer

        func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<RealtimeHTTP1Channel.Value> {
            self.base.setup(channel: channel, logger: logger)
        }

        func handle(value: RealtimeHTTP1Channel.Value, logger: Logger) async {
            self.server.started.add(1, ordering: .sequentiallyConsistent)
            self.server.running.add(1, ordering: .sequentiallyConsistent)
            await self.base.handle(value: value, logger: logger)
            self.server.running.subtract(1, ordering: .sequentiallyConsistent)
        }
    }
}
