//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOHTTP2
import RealtimeKit

/// A connection under TLS that becomes HTTP/2 or HTTP/1.1, as the client wishes (ALPN, RFC 7301), with its channel made known to the
/// handlers of its requests.
struct NegotiatedChannel: ServerChildChannel {
    typealias Negotiated = NIONegotiatedHTTPVersion<RealtimeHTTP1Channel.Value, HTTP2Channel.Value>
    typealias Value = PendingConnection<EventLoopFuture<Negotiated>>

    private let http1: RealtimeHTTP1Channel
    private let http2: HTTP2Channel
    private let headerTimeout: HeaderTimeout?

    init(responder: @escaping HTTPChannelHandler.Responder, configuration: HTTP2ChannelConfiguration, headerTimeout: HeaderTimeout?) {
        self.headerTimeout = headerTimeout
        self.http1 = RealtimeHTTP1Channel(
            responder: responder,
            configuration: configuration.streamConfiguration,
            headerTimeout: headerTimeout,
            isTLS: true
        )
        var http2 = configuration
        http2.streamConfiguration.additionalChannelHandlers = { [handlers = configuration.streamConfiguration.additionalChannelHandlers] in
            handlers() + [StreamWriterKeeper()]
        }
        self.http2 = HTTP2Channel(
            responder: { request, writer, channel in
                // What cannot be copied cannot go into a closure either, unless it is taken out of something there.
                var writer = Optional(writer)
                try await ConnectionScope.$current.withValue(ConnectionScope(channel: channel, kind: .http2, isTLS: true)) {
                    guard let writer = writer.take() else { return }
                    try await responder(request, writer, channel)
                }
            },
            configuration: http2
        )
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let firstHead = NIOLoopBound(self.headerTimeout?.begin(channel), eventLoop: channel.eventLoop)
        return channel.configureHTTP2AsyncSecureUpgrade { channel in
            self.http1.setup(channel: channel, logger: logger, firstHead: firstHead.value)
        } http2ConnectionInitializer: { channel in
            // From here on the idle time of the connection counts.
            firstHead.value?.arrived()
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(FlushBeforeClose())
            }.flatMap {
                self.http2.setup(channel: channel, logger: logger)
            }
        }
        .map { negotiated in
            Value(negotiated, on: channel) { _, channel in channel.close(promise: nil) }
        }
    }

    func handle(value: Value, logger: Logger) async {
        let channel = value.channel
        do {
            switch try await Self.untilCancelled(channel, { try await value.serve().get() }) {
            case .http1_1(let connection): await self.http1.handle(value: connection, logger: logger)
            case .http2(let connection):
                await Self.untilCancelled(channel) { await self.http2.handle(value: connection, logger: logger) }
                // Nobody serves the streams that still come.
                channel.close(promise: nil)
            }
        } catch {
            logger.debug("A connection ended before its protocol was chosen", metadata: ["rt.error": "\(error)"])
        }
    }

    /// Closes a connection when the task is cancelled: neither the choice of a protocol nor HTTP/2 would end by itself.
    private static func untilCancelled<Result>(_ channel: any Channel, _ body: () async throws -> Result) async rethrows -> Result {
        try await withTaskCancellationHandler(operation: body) { channel.close(promise: nil) }
    }
}
