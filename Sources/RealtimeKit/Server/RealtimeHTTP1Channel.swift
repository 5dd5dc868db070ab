//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import RealtimeCore

/// Hummingbird's HTTP/1.1 channel, with the connection made known to the handlers of its requests, and with the rules of HTTP/1 that it
/// leaves open.
package struct RealtimeHTTP1Channel: ServerChildChannel {
    private let base: HTTP1Channel
    private let headerTimeout: HeaderTimeout?
    /// Whether the handlers of connections are the ones that a takeover expects; the same for all, so the first one is looked at.
    private let isKnown = FirstAnswer()
    /// Whether connections are encrypted; the same for all, and known before the first request.
    private let isTLS = OnceFlag()

    package init(
        responder: @escaping HTTPChannelHandler.Responder,
        configuration: HTTP1Channel.Configuration,
        headerTimeout: HeaderTimeout?,
        isTLS: Bool = false
    ) {
        self.headerTimeout = headerTimeout
        if isTLS { _ = self.isTLS.take() }
        self.base = HTTP1Channel(
            responder: { request, writer, channel in
                if ConnectionScope.current?.isTakenOver == true { throw TakeoverHandler.ConnectionTakenOver() }
                try await responder(request, writer, channel)
            },
            configuration: configuration
        )
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        self.setup(channel: channel, logger: logger, firstHead: self.headerTimeout?.begin(channel))
    }

    /// Sets up a connection whose time for the first request began earlier.
    package func setup(channel: any Channel, logger: Logger, firstHead: PendingHead?) -> EventLoopFuture<HTTP1Channel.Value> {
        let value = self.base.setup(channel: channel, logger: logger)
        let operations = channel.pipeline.syncOperations
        do {
            let decoder = try operations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try operations.addHandler(HTTP1ExchangeHandler(firstHead: firstHead, isTLS: self.isTLS), position: .after(decoder))
        } catch {
            // The base has failed, which its future says, or its pipeline is not the one that is known: then it stays as it is.
            firstHead?.arrived()
        }
        self.isKnown.set { Takeover.isPossible(on: channel) }
        return value
    }

    package func handle(value: HTTP1Channel.Value, logger: Logger) async {
        let scope = ConnectionScope(channel: value.channel, kind: .http1(isKnown: self.isKnown.value), tls: self.isTLS)
        await ConnectionScope.$current.withValue(scope) {
            await self.base.handle(value: value, logger: logger)
        }
    }
}
