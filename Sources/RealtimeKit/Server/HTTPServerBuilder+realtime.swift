//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HummingbirdCore
public import NIOCore

extension HTTPServerBuilder {
    /// An HTTP/1.1 server whose connections RealtimeKit can take over, whatever the application's request context.
    ///
    /// It behaves as `.http1()` does, and composes in the same way: `.tls(.realtime(), tlsConfiguration: ...)`. What it does better:
    ///
    /// - A connection without a complete request header within `headerTimeout`, and an idle one, are closed.
    /// - HTTP/1.0 clients get bodies that end with the connection instead of chunks (RFC 9112 §6.1).
    /// - Responses to HEAD have no body, whatever the route wrote (RFC 9110 §9.3.2).
    /// - A request of HTTP/1.1 without exactly one good `Host` is answered with 400 (RFC 9112 §3.2).
    /// - A connection on which an upgrade was asked for and not granted is closed after the response, instead of left hanging.
    /// - A request that is still arriving 10 s after the server was told to stop is given up.
    ///
    /// - Parameters:
    ///   - configuration: the settings of Hummingbird's HTTP/1.1 channel. The idle timeout, 75 s unless you pass settings of your own, holds
    ///     for requests; it does not end event streams or WebSockets.
    ///   - headerTimeout: how long a new connection may take until the header fields of its first request are there, a TLS handshake
    ///     included; 10 s by default, 1 ms to 1 hour, `nil` for no limit. A value out of range ends the start of the application with a
    ///     ``RealtimeError``.
    public static func realtime(
        configuration: HTTP1Channel.Configuration = .init(idleTimeout: .seconds(75)),
        headerTimeout: Duration? = .seconds(10)
    ) -> HTTPServerBuilder {
        .init { responder in
            RealtimeHTTP1Channel(
                responder: responder,
                configuration: configuration,
                headerTimeout: try headerTimeout.map { try HeaderTimeout($0) }
            )
        }
    }
}
