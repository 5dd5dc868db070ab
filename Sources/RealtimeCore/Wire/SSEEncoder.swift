//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

/// Writes Server-Sent Events in their wire form (WHATWG HTML §9.2.5): `event`, `id`, `retry`, `channel`, `data`, blank line.
///
/// `channel` is a field of RealtimeKit: clients with several channels on one stream route by it. Parsers ignore fields that they do not
/// know (§9.2.6), so it disturbs no other client.
package enum SSEEncoder {
    /// Appends an event.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidField`` when `event`, `id` or `channel` holds CR, LF or NUL, or
    ///   `retry` is negative. Nothing is written then.
    package static func write(_ event: SSEEvent, channel: String? = nil, into buffer: inout ByteBuffer) throws(RealtimeError) {
        try Self.validate(event.event, field: "event")
        try Self.validate(event.id, field: "id")
        try Self.validate(channel, field: "channel")
        if let retry = event.retry, retry < 0 {
            throw RealtimeError(.invalidField, "retry is \(retry); it is a time in milliseconds, zero or more")
        }
        if let name = event.event { Self.writeField("event: ", name, into: &buffer) }
        if let id = event.id { Self.writeField("id: ", id, into: &buffer) }
        if let retry = event.retry { Self.writeField("retry: ", String(retry), into: &buffer) }
        if let channel { Self.writeField("channel: ", channel, into: &buffer) }
        Self.writeLines("data: ", event.data ?? "", into: &buffer)
        buffer.writeStaticString("\n")
    }

    /// Appends a comment, which clients ignore; line breaks make several comment lines.
    package static func writeComment(_ comment: String, into buffer: inout ByteBuffer) {
        Self.writeLines(": ", comment, into: &buffer)
        buffer.writeStaticString("\n")
    }

    /// Checks a field that has to stay on one line.
    package static func validate(_ value: String?, field: String) throws(RealtimeError) {
        guard let value else { return }
        for byte in value.utf8 where byte == 0x0a || byte == 0x0d || byte == 0 {
            throw RealtimeError(.invalidField, "\(field) holds CR, LF or NUL; it is a single line of text")
        }
    }

    private static func writeField(_ name: StaticString, _ value: String, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(name)
        buffer.writeString(value)
        buffer.writeStaticString("\n")
    }

    /// Writes one line for every line of the text, whichever of CRLF, CR and LF ends it.
    private static func writeLines(_ name: StaticString, _ text: String, into buffer: inout ByteBuffer) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                guard byte == 0x0a || byte == 0x0d else {
                    index += 1
                    continue
                }
                buffer.writeStaticString(name)
                buffer.writeBytes(bytes[start..<index])
                buffer.writeStaticString("\n")
                index += byte == 0x0d && index + 1 < bytes.count && bytes[index + 1] == 0x0a ? 2 : 1
                start = index
            }
            buffer.writeStaticString(name)
            buffer.writeBytes(bytes[start...])
            buffer.writeStaticString("\n")
        }
    }
}

extension SSEEvent {
    /// The event's wire form (WHATWG HTML §9.2.5).
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidField`` when `event` or `id` holds CR, LF or NUL, or `retry` is
    ///   negative.
    public func encoded() throws(RealtimeError) -> String {
        var buffer = ByteBuffer()
        try SSEEncoder.write(self, into: &buffer)
        return String(buffer: buffer)
    }

    /// The wire form of a comment, which clients ignore; line breaks make several comment lines (WHATWG HTML §9.2.5).
    public static func encodedComment(_ text: String) -> String {
        var buffer = ByteBuffer()
        SSEEncoder.writeComment(text, into: &buffer)
        return String(buffer: buffer)
    }

    /// Appends the event's wire form to a buffer. Throws as ``encoded()`` does, and then appends nothing.
    public func encode(into buffer: inout ByteBuffer) throws(RealtimeError) {
        try SSEEncoder.write(self, into: &buffer)
    }
}
