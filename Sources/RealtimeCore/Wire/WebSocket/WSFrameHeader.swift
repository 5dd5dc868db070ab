//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The bytes in front of a frame's payload (RFC 6455 §5.2).
package struct WSFrameHeader: Hashable, Sendable {
    /// The longest header: two bytes, a length of eight, a key of four.
    package static let maxSize = 14

    /// Whether the frame is the last of its message.
    package let isFinal: Bool
    /// Whether RSV1 is set.
    package let rsv1: Bool
    package let opcode: WSOpcode
    /// How long the payload is.
    package let length: Int
    package let mask: WSMask
    /// How long the header itself is.
    package let size: Int

    /// Reads the header at the beginning of the bytes.
    ///
    /// Every rule is checked as soon as the bytes that it is about are there, and in their order: the verdict does not depend on where
    /// the stream is cut.
    ///
    /// - Returns: nil while bytes are missing.
    package static func parse(_ bytes: UnsafeRawBufferPointer, _ rules: WSFrameRules) throws(WSProtocolError) -> WSFrameHeader? {
        guard bytes.count >= 1 else { return nil }
        let isFinal = bytes[0] & 0x80 != 0
        let opcode = try Self.opcode(bytes[0], rules)
        guard bytes.count >= 2 else { return nil }
        try Self.check(bytes[1], of: opcode, rules)
        guard let (length, lengthSize) = try Self.length(bytes) else { return nil }
        let rsv1 = bytes[0] & 0x40 != 0
        let room = rsv1 || (opcode == .continuation && rules.isCompressed) ? rules.compressedRoom : rules.room
        guard opcode.isControl || length <= UInt64(room) else { throw .tooBig("The message is too long") }
        let size: Int
        let mask: WSMask
        switch rules.peer {
        case .client:
            size = 2 + lengthSize + 4
            guard bytes.count >= size else { return nil }
            mask = WSMask(key: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: size - 4, as: UInt32.self)))
        case .server:
            size = 2 + lengthSize
            mask = .none
        }
        return WSFrameHeader(isFinal: isFinal, rsv1: rsv1, opcode: opcode, length: Int(length), mask: mask, size: size)
    }

    /// Checks the first byte: FIN, the reserved bits and the opcode.
    private static func opcode(_ byte: UInt8, _ rules: WSFrameRules) throws(WSProtocolError) -> WSOpcode {
        guard byte & 0x30 == 0 else { throw .violation("A reserved bit is set") }
        guard let opcode = WSOpcode(rawValue: byte & 0x0f) else { throw .violation("The opcode is not known") }
        if byte & 0x40 != 0 {
            guard rules.allowsRSV1, opcode == .text || opcode == .binary else { throw .violation("A reserved bit is set") }
        }
        if opcode.isControl {
            guard byte & 0x80 != 0 else { throw .violation("A control frame is fragmented") }
        } else if opcode == .continuation {
            guard rules.isInMessage else { throw .violation("There is no message to continue") }
            guard rules.allowsContinuation else { throw .tooBig("The message has too many fragments") }
        } else if rules.isInMessage {
            throw .violation("A message begins inside another")
        }
        return opcode
    }

    /// Checks the second byte: MASK and the first seven bits of the length.
    private static func check(_ byte: UInt8, of opcode: WSOpcode, _ rules: WSFrameRules) throws(WSProtocolError) {
        switch rules.peer {
        case .client: guard byte & 0x80 != 0 else { throw .violation("The frame is not masked") }
        case .server: guard byte & 0x80 == 0 else { throw .violation("The frame is masked") }
        }
        guard opcode.isControl else { return }
        guard byte & 0x7f <= 125 else { throw .violation("A control frame is too long") }
        guard opcode != .close || byte & 0x7f != 1 else { throw .violation("The close code is cut short") }
    }

    /// Reads the payload's length, and how many bytes it takes beyond the first two.
    private static func length(_ bytes: UnsafeRawBufferPointer) throws(WSProtocolError) -> (length: UInt64, size: Int)? {
        switch bytes[1] & 0x7f {
        case 126:
            guard bytes.count >= 4 else { return nil }
            let length = UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            guard length > 125 else { throw .violation("The length is not in its shortest form") }
            return (length, 2)
        case 127:
            guard bytes.count >= 10 else { return nil }
            let length = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            guard length > 0xffff else { throw .violation("The length is not in its shortest form") }
            guard length < 1 << 63 else { throw .violation("The length is out of range") }
            return (length, 8)
        case let short:
            return (UInt64(short), 0)
        }
    }
}
