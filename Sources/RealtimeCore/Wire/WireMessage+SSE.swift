//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

extension WireMessage {
    /// The last chunk of an HTTP/1.1 body (RFC 9112 §7.1).
    package static let lastChunk = ByteBuffer(staticString: "0\r\n\r\n")

    /// Encodes an event inside an HTTP/1.1 chunk (RFC 9112 §7.1), once for all its receivers.
    package static func sse(_ event: SSEEvent, channel: String? = nil) throws(RealtimeError) -> WireMessage {
        let capacity = 64 + (event.data?.utf8.count ?? 0) + (event.event?.utf8.count ?? 0) + (channel?.utf8.count ?? 0)
        return try Self.chunk(capacity: capacity) { buffer throws(RealtimeError) in
            try SSEEncoder.write(event, channel: channel, into: &buffer)
        }
    }

    /// Encodes a comment.
    package static func sseComment(_ comment: String) -> WireMessage {
        Self.chunk(capacity: 32 + comment.utf8.count) { buffer in
            SSEEncoder.writeComment(comment, into: &buffer)
        }
    }

    /// Puts an HTTP/1.1 chunk around what `write` appends. The payload must not be empty: an empty chunk would end the body.
    package static func chunk<Failure: Error>(
        capacity: Int,
        _ write: (inout ByteBuffer) throws(Failure) -> Void
    ) throws(Failure) -> WireMessage {
        // The size is known only afterwards: room for "ffffffffffffffff\r\n" is left in front and what is not needed is skipped.
        var buffer = ByteBuffer()
        buffer.reserveCapacity(capacity + Self.maxSizeLine + 2)
        buffer.moveWriterIndex(to: Self.maxSizeLine)
        buffer.moveReaderIndex(to: Self.maxSizeLine)
        try write(&buffer)
        let length = buffer.readableBytes
        let size = String(length, radix: 16)
        buffer.writeStaticString("\r\n")
        let start = Self.maxSizeLine - size.utf8.count - 2
        buffer.setString(size, at: start)
        buffer.setString("\r\n", at: Self.maxSizeLine - 2)
        buffer.moveReaderIndex(to: start)
        var payload = buffer
        payload.moveReaderIndex(to: Self.maxSizeLine)
        payload.moveWriterIndex(to: Self.maxSizeLine + length)
        return WireMessage(framed: buffer, payload: payload)
    }

    private static var maxSizeLine: Int { 18 }
}
