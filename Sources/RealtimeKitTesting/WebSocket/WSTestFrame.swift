//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore
import RealtimeCore

/// A frame of a WebSocket (RFC 6455 §5.2), for tests that look below the messages or send what no client should.
public struct WSTestFrame: Hashable, Sendable {
    /// What it carries: 0 for more of a message, 1 for text, 2 for bytes, 8 to close, 9 for a ping, 10 for a pong. Its lowest four bits count.
    public var opcode: UInt8
    /// What it carries, unmasked.
    public var payload: ByteBuffer
    /// Whether it is the last of its message.
    public var isFinal: Bool
    /// The reserved bits: 4 for RSV1, 2 for RSV2, 1 for RSV3.
    public var rsv: UInt8

    /// Makes a frame. Nothing is checked.
    public init(opcode: UInt8, payload: ByteBuffer = ByteBuffer(), isFinal: Bool = true, rsv: UInt8 = 0) {
        self.opcode = opcode
        self.payload = payload
        self.isFinal = isFinal
        self.rsv = rsv
    }

    /// Makes a frame that carries text.
    public init(opcode: UInt8, _ text: String, isFinal: Bool = true, rsv: UInt8 = 0) {
        self.init(opcode: opcode, payload: ByteBuffer(string: text), isFinal: isFinal, rsv: rsv)
    }

    /// A text, or the beginning of one.
    public static func text(_ text: String, isFinal: Bool = true) -> WSTestFrame { WSTestFrame(opcode: 1, text, isFinal: isFinal) }

    /// Bytes, or the beginning of them.
    public static func binary(_ bytes: ByteBuffer, isFinal: Bool = true) -> WSTestFrame {
        WSTestFrame(opcode: 2, payload: bytes, isFinal: isFinal)
    }

    /// More of a message, the last of it unless `isFinal` says otherwise.
    public static func continuation(_ text: String, isFinal: Bool = true) -> WSTestFrame { WSTestFrame(opcode: 0, text, isFinal: isFinal) }

    /// A ping.
    public static func ping(_ text: String = "") -> WSTestFrame { WSTestFrame(opcode: 9, text) }

    /// A pong.
    public static func pong(_ text: String = "") -> WSTestFrame { WSTestFrame(opcode: 10, text) }

    /// A close frame, with any number for a code; `nil` makes one without payload.
    public static func close(_ code: UInt16?, _ reason: String = "") -> WSTestFrame {
        var payload = ByteBuffer()
        if let code {
            payload.writeInteger(code)
            payload.writeString(reason)
        }
        return WSTestFrame(opcode: 8, payload: payload)
    }

    /// The frame as it goes over the wire.
    ///
    /// - Parameter masked: whether it is masked, with a key of its own, as those of clients have to be.
    public func bytes(masked: Bool = true) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger((self.isFinal ? 0x80 : 0) | (self.rsv & 7) << 4 | self.opcode & 0xf)
        let length = self.payload.readableBytes
        let maskBit: UInt8 = masked ? 0x80 : 0
        switch length {
        case ...125:
            bytes.writeInteger(maskBit | UInt8(length))
        case ...0xffff:
            bytes.writeInteger(maskBit | 126)
            bytes.writeInteger(UInt16(length))
        default:
            bytes.writeInteger(maskBit | 127)
            bytes.writeInteger(UInt64(length))
        }
        guard masked else {
            bytes.writeImmutableBuffer(self.payload)
            return bytes
        }
        let key = UInt32.random(in: .min ... .max)
        var mask = WSMask(key: key)
        bytes.writeInteger(key, endianness: .little)
        self.payload.withUnsafeReadableBytes { source in
            _ = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { destination in
                mask.apply(from: source, to: destination)
                return length
            }
        }
        return bytes
    }
}
