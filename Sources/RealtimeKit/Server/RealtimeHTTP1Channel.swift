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
import NIOHTTPTypes

/// Hummingbird's HTTP/1.1 channel, with the connection made known to the handlers of its requests.
struct RealtimeHTTP1Channel: ServerChildChannel {
    private let base: HTTP1Channel
    /// Whether the handlers of connections are the ones that a takeover expects; the same for all, so the first one is looked at.
    private let isKnown = FirstAnswer()

    init(responder: @escaping HTTPChannelHandler.Responder, configuration: HTTP1Channel.Configuration) {
        self.base = HTTP1Channel(
            responder: { request, writer, channel in
                if ConnectionScope.current?.isTakenOver == true { throw TakeoverHandler.ConnectionTakenOver() }
                try await responder(request, writer, channel)
            },
            configuration: configuration
        )
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let value = self.base.setup(channel: channel, logger: logger)
        self.isKnown.set { Takeover.isPossible(on: channel) }
        return value
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await ConnectionScope.$current.withValue(ConnectionScope(channel: value.channel, isKnown: self.isKnown.value)) {
            await self.base.handle(value: value, logger: logger)
        }
    }
}
