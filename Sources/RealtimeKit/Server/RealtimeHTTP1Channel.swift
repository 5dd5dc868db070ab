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
    struct Value: ServerChildChannelValue {
        let exchange: HTTP1Channel.Value
        let isPlain: Bool
        var channel: any Channel { self.exchange.channel }
    }

    private let base: HTTP1Channel

    init(responder: @escaping HTTPChannelHandler.Responder, configuration: HTTP1Channel.Configuration) {
        self.base = HTTP1Channel(responder: responder, configuration: configuration)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        // Whatever wraps this channel (TLS) has put its handlers in before.
        let isPlain = PipelineInspection.isEmpty(channel.pipeline)
        return self.base.setup(channel: channel, logger: logger).map { Value(exchange: $0, isPlain: isPlain) }
    }

    func handle(value: Value, logger: Logger) async {
        await ConnectionScope.$current.withValue(ConnectionScope(channel: value.channel, isPlain: value.isPlain)) {
            await self.base.handle(value: value.exchange, logger: logger)
        }
    }
}
