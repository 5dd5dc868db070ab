//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// Writes WebSocket frames (RFC 6455 §5.2): a server's, and for tests those of clients, masked and in fragments.
package enum WSFrameEncoder {
    /// The longest payload of a control frame (RFC 6455 §5.5).
    package static let maxControlPayload = 125
    /// The longest reason of a close frame: what the code leaves of the payload.
    package static let maxReason = 123
    /// The longest header of a frame that is not masked.
    package static let maxHeader = 10

    /// Appends a frame. The payload of a control frame is cut to 125 bytes.
    ///
    /// - Parameters:
    ///   - opcode: what the frame carries.
    ///   - payload: what it carries.
    ///   - isFinal: whether the frame is the last of its message.
    ///   - rsv1: whether the message is compressed.
    ///   - mask: the key of a client's frame.
    ///   - buffer: where the frame is appended.
    package static func write(
        _ opcode: WSOpcode,
        _ payload: UnsafeRawBufferPointer,
        isFinal: Bool = true,
        rsv1: Bool = false,
        mask: WSMask? = nil,
        into buffer: inout ByteBuffer
    ) {
        let count = opcode.isControl ? min(payload.count, Self.maxControlPayload) : payload.count
        let payload = UnsafeRawBufferPointer(start: payload.baseAddress, count: count)
        buffer.reserveCapacity(minimumWritableBytes: WSFrameHeader.maxSize + count)
        Self.writeHeader(opcode, length: count, isFinal: isFinal, rsv1: rsv1, mask: mask, into: &buffer)
        guard var mask else {
            buffer.writeBytes(payload)
            return
        }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { destination in
            mask.apply(from: payload, to: destination)
            return count
        }
    }

    /// Appends a frame with the readable bytes of a buffer.
    package static func write(
        _ opcode: WSOpcode,
        _ payload: ByteBuffer,
        isFinal: Bool = true,
        rsv1: Bool = false,
        mask: WSMask? = nil,
        into buffer: inout ByteBuffer
    ) {
        payload.withUnsafeReadableBytes { Self.write(opcode, $0, isFinal: isFinal, rsv1: rsv1, mask: mask, into: &buffer) }
    }

    /// Appends a frame with a text's UTF-8.
    package static func write(
        _ opcode: WSOpcode,
        _ payload: String,
        isFinal: Bool = true,
        rsv1: Bool = false,
        mask: WSMask? = nil,
        into buffer: inout ByteBuffer
    ) {
        var payload = payload
        payload.withUTF8 { Self.write(opcode, UnsafeRawBufferPointer($0), isFinal: isFinal, rsv1: rsv1, mask: mask, into: &buffer) }
    }

    /// Appends a close frame (RFC 6455 §5.5.1).
    ///
    /// - Parameters:
    ///   - code: why; nil, and a code that may not be sent, make a frame without payload.
    ///   - reason: more about it, cut to 123 bytes between two characters.
    ///   - mask: the key of a client's frame.
    ///   - buffer: where the frame is appended.
    package static func writeClose(_ code: WSCloseCode?, reason: String = "", mask: WSMask? = nil, into buffer: inout ByteBuffer) {
        var payload = ByteBuffer()
        if let code, code.isSendable {
            payload.writeInteger(code.rawValue)
            payload.writeSubstring(Self.cut(reason))
        }
        Self.write(.close, payload, mask: mask, into: &buffer)
    }

    /// Appends the header of a frame. Nothing is checked: tests write what is not allowed as well.
    package static func writeHeader(
        _ opcode: WSOpcode,
        length: Int,
        isFinal: Bool = true,
        rsv1: Bool = false,
        mask: WSMask? = nil,
        into buffer: inout ByteBuffer
    ) {
        let first = (isFinal ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode.rawValue
        let second: UInt8 = mask == nil ? 0 : 0x80
        switch length {
        case ...125:
            buffer.writeInteger(UInt16(first) << 8 | UInt16(second) | UInt16(truncatingIfNeeded: length))
        case ...0xffff:
            buffer.writeInteger(UInt32(first) << 24 | UInt32(second | 126) << 16 | UInt32(truncatingIfNeeded: length))
        default:
            buffer.writeInteger(UInt16(first) << 8 | UInt16(second | 127))
            buffer.writeInteger(UInt64(length))
        }
        if let mask { buffer.writeInteger(mask.key, endianness: .little) }
    }

    /// How long the header of a frame is that is not masked.
    package static func headerSize(length: Int) -> Int {
        switch length {
        case ...125: 2
        case ...0xffff: 4
        default: Self.maxHeader
        }
    }

    /// The beginning of a text that fits into a close frame.
    private static func cut(_ reason: String) -> Substring {
        guard reason.utf8.count > Self.maxReason else { return reason[...] }
        var end = reason.startIndex
        while end < reason.endIndex {
            let next = reason.index(after: end)
            guard reason[..<next].utf8.count <= Self.maxReason else { break }
            end = next
        }
        return reason[..<end]
    }
}
