//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// NIO's own decoder of requests, on servers that were not made by `.realtime()`.
enum StockDecoder {
    /// What the client has sent behind its request for an upgrade and the decoder keeps, to be dropped when it is removed.
    ///
    /// NIO does not offer these bytes; they are found by reflection. Should its fields ever be named otherwise, there are none, as if they
    /// had come a moment earlier than a client may send them (RFC 6455 §4.1).
    static func remainder(of handler: any ChannelHandler) -> ByteBuffer? {
        guard let buffer = Self.field("buffer", of: handler), let buffers = Self.field("buffers", of: buffer) as? CircularBuffer<ByteBuffer>
        else { return nil }
        var remainder = ByteBuffer()
        for bytes in buffers { remainder.writeImmutableBuffer(bytes) }
        return remainder.readableBytes > 0 ? remainder : nil
    }

    private static func field(_ name: String, of subject: Any) -> Any? {
        let value = Mirror(reflecting: subject).children.first { $0.label == name }?.value
        // An optional's value is its only child.
        guard let value, Mirror(reflecting: value).displayStyle == .optional else { return value }
        return Mirror(reflecting: value).children.first?.value
    }
}
