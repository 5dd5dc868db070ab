//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HummingbirdCore
public import HummingbirdHTTP2
import HummingbirdTLS
public import NIOCore
import NIOHTTP2
public import NIOSSL
import RealtimeCore
import RealtimeKit

extension HTTPServerBuilder {
    /// A server for HTTP/2 and HTTP/1.1 under TLS whose event streams RealtimeKit writes to directly, whatever the application's request
    /// context.
    ///
    /// The client chooses the protocol (ALPN, RFC 7301). On HTTP/1.1 everything is as with `.tls(.realtime(), ...)`.
    ///
    /// - Parameters:
    ///   - tlsConfiguration: certificate and key; its application protocols are replaced.
    ///   - configuration: the settings of Hummingbird's HTTP/2 channel. Unless you pass your own, a connection without streams is closed
    ///     after 75 s, and one that does not react to the end of the service after 20 s.
    ///   - headerTimeout: how long a new connection may take until TLS is there and, with HTTP/1.1, the header fields of its first request;
    ///     10 s by default, 1 ms to 1 hour, `nil` for no limit. A value out of range ends the start of the application with a
    ///     ``RealtimeCore/RealtimeError``.
    public static func realtimeHTTP2(
        tlsConfiguration: TLSConfiguration,
        configuration: HTTP2ChannelConfiguration = .init(
            idleTimeout: .seconds(75),
            gracefulCloseTimeout: .seconds(20),
            streamConfiguration: .init(idleTimeout: .seconds(75))
        ),
        headerTimeout: Duration? = .seconds(10)
    ) -> HTTPServerBuilder {
        .init { responder in
            var tlsConfiguration = tlsConfiguration
            tlsConfiguration.applicationProtocols = NIOHTTP2SupportedALPNProtocols
            let base = NegotiatedChannel(
                responder: responder,
                configuration: configuration,
                headerTimeout: try headerTimeout.map { try HeaderTimeout($0) }
            )
            return try TLSChannel(base, tlsConfiguration: tlsConfiguration)
        }
    }
}
