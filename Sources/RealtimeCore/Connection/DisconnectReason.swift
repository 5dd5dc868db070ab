//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Why a connection ended. Given to `onDisconnect`, to logs and to metrics.
public struct DisconnectReason: Hashable, Sendable, CustomStringConvertible {
    /// The client closed the connection in an orderly way.
    public static let clientClosed = DisconnectReason("client_closed", reconnect: false)
    /// The network or the peer's process failed: reset, timeout, error while writing.
    public static let connectionLost = DisconnectReason("connection_lost", reconnect: true)
    /// The client read too slowly: its outbox passed its limit in bytes or in age, or ``OutboxBudget`` was used up and it had been stalled
    /// longest.
    public static let slowConsumer = DisconnectReason("slow_consumer", reconnect: true)
    /// The client did not answer a heartbeat in time.
    public static let pingTimeout = DisconnectReason("ping_timeout", reconnect: true)
    /// The client broke the rules of the protocol.
    public static let protocolError = DisconnectReason("protocol_error", reconnect: false)
    /// The connection reached the age that the application set.
    public static let maxAge = DisconnectReason("max_age", reconnect: true)
    /// The application ended the connection.
    public static let kicked = DisconnectReason("kicked", reconnect: false)
    /// The credential that opened the connection has expired.
    public static let expired = DisconnectReason("expired", reconnect: true)
    /// The server is going away.
    public static let shutdown = DisconnectReason("shutdown", reconnect: true)
    /// The application's code that fed the connection has said all that it had to say.
    public static let completed = DisconnectReason("completed", reconnect: false)
    /// The application's code that fed the connection threw an error.
    public static let failed = DisconnectReason("failed", reconnect: true)
    /// A limit was passed.
    public static let limit = DisconnectReason("limit", reconnect: true)

    /// The reason as a word, such as `slow_consumer`: the value of metrics and of the `disconnect` event.
    public let description: String
    /// Whether a client should come back.
    public let reconnect: Bool

    private init(_ description: String, reconnect: Bool) {
        self.description = description
        self.reconnect = reconnect
    }
}
