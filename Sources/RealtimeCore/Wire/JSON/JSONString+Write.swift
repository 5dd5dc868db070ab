//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

extension JSONString {
    /// Writes a text as a JSON string, with its quotation marks. Only what must be escaped is: quotation marks, backslashes and C0.
    package static func write(_ text: String, into buffer: inout ByteBuffer) {
        var text = text
        text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            buffer.reserveCapacity(minimumWritableBytes: bytes.count + 2)
            buffer.writeInteger(UInt8(ascii: "\""))
            var index = 0
            while true {
                let end = Self.plainEnd(in: bytes, from: index)
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[index..<end]))
                if end == bytes.count { break }
                Self.writeEscaped(bytes[end], into: &buffer)
                index = end + 1
            }
            buffer.writeInteger(UInt8(ascii: "\""))
        }
    }

    private static func writeEscaped(_ byte: UInt8, into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: "\\"))
        guard byte < 0x20 else {
            buffer.writeInteger(byte)
            return
        }
        let low = byte & 0xf
        buffer.writeStaticString(byte < 0x10 ? "u000" : "u001")
        buffer.writeInteger(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    }
}
