//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

extension WireMessage {
    /// Puts a server's frame (RFC 6455 §5.2) around what `write` appends, once for all its receivers.
    ///
    /// - Parameters:
    ///   - opcode: what the frame carries. The payload of a control frame is cut to 125 bytes.
    ///   - capacity: how much will be written, about.
    ///   - write: appends the payload.
    package static func webSocket<Failure: Error>(
        _ opcode: WSOpcode,
        capacity: Int = 0,
        write: (inout ByteBuffer) throws(Failure) -> Void
    ) throws(Failure) -> WireMessage {
        // The length is known only afterwards: room for the longest header is left in front and what is not needed is skipped.
        let room = WSFrameEncoder.maxHeader
        var buffer = ByteBuffer()
        buffer.reserveCapacity(capacity + room)
        buffer.moveWriterIndex(to: room)
        buffer.moveReaderIndex(to: room)
        try write(&buffer)
        let length = opcode.isControl ? min(buffer.readableBytes, WSFrameEncoder.maxControlPayload) : buffer.readableBytes
        let start = room - WSFrameEncoder.headerSize(length: length)
        buffer.moveReaderIndex(to: start)
        buffer.moveWriterIndex(to: start)
        WSFrameEncoder.writeHeader(opcode, length: length, into: &buffer)
        buffer.moveWriterIndex(to: room + length)
        var payload = buffer
        payload.moveReaderIndex(to: room)
        return WireMessage(framed: buffer, payload: payload)
    }
}
