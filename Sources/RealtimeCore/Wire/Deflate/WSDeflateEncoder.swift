//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// Writes a server's compressed messages (RFC 7692 §6.1).
package enum WSDeflateEncoder {
    /// Appends a message, compressed where that makes it shorter.
    package static func write(_ opcode: WSOpcode, _ payload: ByteBuffer, into buffer: inout ByteBuffer) {
        if let frame = self.frame(opcode, payload), frame.readableBytes < payload.readableBytes {
            buffer.writeImmutableBuffer(frame)
        } else {
            WSFrameEncoder.write(opcode, payload, into: &buffer)
        }
    }

    /// The frame of a compressed message; `nil` when that cannot be made.
    static func frame(_ opcode: WSOpcode, _ payload: ByteBuffer) -> ByteBuffer? {
        guard let deflater = Deflater.pool.take() else { return nil }
        defer { Deflater.pool.giveBack(deflater) }
        // The length is known only afterwards: room for the longest header is left in front.
        let room = WSFrameEncoder.maxHeader
        var buffer = ByteBuffer()
        buffer.reserveCapacity(room + payload.readableBytes / 2)
        buffer.moveWriterIndex(to: room)
        let length = payload.withUnsafeReadableBytes { deflater.deflate($0, into: &buffer) }
        guard length > 0 else { return nil }
        let start = room - WSFrameEncoder.headerSize(length: length)
        buffer.moveReaderIndex(to: start)
        buffer.moveWriterIndex(to: start)
        WSFrameEncoder.writeHeader(opcode, length: length, rsv1: true, into: &buffer)
        buffer.moveWriterIndex(to: room + length)
        return buffer
    }
}
