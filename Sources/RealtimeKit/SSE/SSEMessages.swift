//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The events that the library itself sends.
enum SSEMessages {
    private struct Connected: Encodable {
        let id: ConnectionID
        let channels: [String]
        let authenticated: Bool
    }

    private struct Channel: Encodable {
        let channel: String
    }

    private struct Unauthorized: Encodable {
        let channel: String
        let message: String
    }

    private struct Disconnect: Encodable {
        let reason: String
        let reconnect: Bool
    }

    /// The first event of every stream, and one `unauthorized` for each channel that was denied.
    static func greeting(
        id: ConnectionID,
        granted: [String],
        denied: [(channel: String, message: String)],
        isAuthenticated: Bool,
        retry: Int?
    ) throws -> WireMessage {
        let connected = try SSEEvent.json(
            Connected(id: id, channels: granted, authenticated: isAuthenticated),
            event: "connected",
            retry: retry
        )
        let refusals = try denied.map { try SSEEvent.json(Unauthorized(channel: $0.channel, message: $0.message), event: "unauthorized") }
        return try WireMessage.chunk(capacity: 160 * (1 + denied.count)) { buffer in
            for event in [connected] + refusals { try event.encode(into: &buffer) }
        }
    }

    /// Tells a client of a channel that it was subscribed to by the server.
    static func subscribed(_ channel: String) throws -> WireMessage {
        try .sse(.json(Channel(channel: channel), event: "subscribed"))
    }

    /// Tells a client of a channel that it was unsubscribed from by the server.
    static func unsubscribed(_ channel: String) throws -> WireMessage {
        try .sse(.json(Channel(channel: channel), event: "unsubscribed"))
    }

    /// The last event of a stream that the server ends.
    static func farewell(_ reason: DisconnectReason) -> WireMessage? {
        // So many clients may be told at once that they must not all come back at once.
        let retry = reason == .shutdown ? Int.random(in: 1000...5000) : nil
        return try? .sse(
            .json(Disconnect(reason: reason.description, reconnect: reason.reconnect), event: "disconnect", retry: retry)
        )
    }
}
