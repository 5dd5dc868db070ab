//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The events that the library itself sends.
enum SSEMessages {
    /// The first event of every stream, and one `unauthorized` for each channel that was denied.
    ///
    /// Written by hand: every connection pays for it, and its keys have an order.
    static func greeting(
        id: ConnectionID,
        granted: [String],
        denied: [(channel: String, message: String)],
        isAuthenticated: Bool,
        retry: Int?,
        key: String?
    ) -> WireMessage {
        WireMessage.chunk(capacity: 160 * (1 + denied.count)) { buffer in
            buffer.writeString("event: connected\n")
            if let retry { buffer.writeString("retry: \(retry)\n") }
            buffer.writeString(#"data: {"id":"\#(id)","channels":["#)
            for (index, channel) in granted.enumerated() {
                if index > 0 { buffer.writeString(",") }
                JSONString.write(channel, into: &buffer)
            }
            buffer.writeString(#"],"authenticated":\#(isAuthenticated)"#)
            if let key { buffer.writeString(#","key":"\#(key)""#) }
            buffer.writeString("}\n\n")
            for (channel, message) in denied { Self.writeUnauthorized(channel, message, into: &buffer) }
        }
    }

    /// Tells a client of a channel that it may not have, or no longer.
    static func unauthorized(_ channel: String, _ message: String) -> WireMessage {
        WireMessage.chunk(capacity: 160) { Self.writeUnauthorized(channel, message, into: &$0) }
    }

    private static func writeUnauthorized(_ channel: String, _ message: String, into buffer: inout ByteBuffer) {
        buffer.writeString("event: unauthorized\ndata: {\"channel\":")
        JSONString.write(channel, into: &buffer)
        buffer.writeString(#","message":"#)
        JSONString.write(message, into: &buffer)
        buffer.writeString("}\n\n")
    }

    /// Tells a client when its credential expires, in seconds since 1970.
    static func expiring(at time: Date) -> WireMessage {
        WireMessage.chunk(capacity: 64) { $0.writeString("event: auth_expiring\ndata: {\"expires\":\(time.wholeSeconds)}\n\n") }
    }

    /// What a stream without an event of greeting begins with, so that there is a body at once.
    static func opening(retry: Int?) -> WireMessage {
        WireMessage.chunk(capacity: 32) { buffer in
            if let retry { buffer.writeString("retry: \(retry)\n") }
            buffer.writeString(": open\n\n")
        }
    }

    /// Tells a client of a channel that its stream has got.
    static func subscribed(_ channel: String) -> WireMessage { Self.notice("subscribed", channel) }

    /// Tells a client of a channel that its stream has lost.
    static func unsubscribed(_ channel: String) -> WireMessage { Self.notice("unsubscribed", channel) }

    private static func notice(_ event: String, _ channel: String) -> WireMessage {
        WireMessage.chunk(capacity: 64 + channel.utf8.count) { buffer in
            buffer.writeString("event: \(event)\ndata: {\"channel\":")
            JSONString.write(channel, into: &buffer)
            buffer.writeString("}\n\n")
        }
    }

    /// The last event of a stream that the server ends; none for one that ends by itself.
    static func farewell(_ reason: DisconnectReason) -> WireMessage? {
        if reason == .completed || reason == .failed { return nil }
        let data = #"{"reason":"\#(reason)","reconnect":\#(reason.reconnect)}"#
        // So many clients may be told at once that they must not all come back at once.
        let retry = reason == .shutdown ? Int.random(in: 1000...5000) : nil
        return try? .sse(SSEEvent(event: "disconnect", data: data, retry: retry))
    }
}
