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
import NIOHTTPTypesHTTP1
import RealtimeCore

/// An HTTP/1.1 connection as Hummingbird's `HTTP1Channel` makes it, with the connection made known to the handlers of its requests, with the
/// rules of HTTP/1 that Hummingbird leaves open, and without losing what a client sends behind the request for an upgrade.
package struct RealtimeHTTP1Channel: HTTPChannelHandler {
    package typealias Value = PendingConnection<HTTP1Channel.Value>

    package let responder: Responder
    private let configuration: HTTP1Channel.Configuration
    private let headerTimeout: HeaderTimeout?
    /// Whether connections are encrypted; the same for all, and known before the first request.
    private let isTLS = OnceFlag()

    package init(
        responder: @escaping Responder,
        configuration: HTTP1Channel.Configuration,
        headerTimeout: HeaderTimeout?,
        isTLS: Bool = false
    ) {
        self.configuration = configuration
        self.headerTimeout = headerTimeout
        if isTLS { _ = self.isTLS.take() }
        self.responder = { request, writer, channel in
            if ConnectionScope.current?.isTakenOver == true { throw TakeoverHandler.ConnectionTakenOver() }
            try await responder(request, writer, channel)
        }
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        self.setup(channel: channel, logger: logger, firstHead: self.headerTimeout?.begin(channel))
    }

    /// Sets up a connection whose time for the first request began earlier.
    package func setup(channel: any Channel, logger: Logger, firstHead: PendingHead?) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let operations = channel.pipeline.syncOperations
            // The first one, and the state handler the last but one: `PipelineNames` counts on that.
            try operations.addHandler(HTTPResponseEncoder())
            let decoder = RequestDecoder(limits: .init(self.configuration.httpDecoder))
            try operations.addHandler(ByteToMessageHandler(decoder))
            try operations.addHandler(HTTP1ExchangeHandler(firstHead: firstHead, isTLS: self.isTLS, remainder: decoder.remainder))
            try operations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try operations.addHandlers(self.configuration.additionalChannelHandlers())
            let idleTimeout = self.configuration.idleTimeout.map { Duration($0) }
            try operations.addHandler(HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
            let value = try HTTP1Channel.Value(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
            return PendingConnection(value, on: channel) { value, _ in
                Task { try? await value.executeThenClose { _, _ in } }
            }
        }
    }

    package func handle(value: Value, logger: Logger) async {
        let scope = ConnectionScope(channel: value.channel, kind: .http1, tls: self.isTLS)
        await ConnectionScope.$current.withValue(scope) {
            await self.handleHTTP(asyncChannel: value.serve(), logger: logger)
        }
    }
}

extension NIOHTTPDecoderLimitConfiguration {
    fileprivate init(_ configuration: HTTP1Channel.Configuration.DecoderConfiguration) {
        self.init()
        self.maxHeaderFieldSize = configuration.maxHeaderFieldSize
        self.maxHeaderListSize = configuration.maxHeaderListSize
        self.maxHeaderFieldCount = configuration.maxHeaderFieldCount
    }
}
