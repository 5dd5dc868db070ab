//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore
import Testing

@Suite struct WSFrameEncoderTests {
    static let lengths = [0, 1, 7, 8, 124, 125, 126, 127, 65_535, 65_536, 70_000]

    private let key = WSMask(key: 0x3d21_fa37)

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: 0x20 + $0 % 0x5f) } }

    private func written(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
        var buffer = ByteBuffer(string: "before")
        write(&buffer)
        #expect(buffer.readString(length: 6) == "before")
        return Array(buffer.readableBytesView)
    }

    @Test(arguments: Self.lengths)
    func aServersFrameHasTheShortestHeaderAndNoMask(_ length: Int) {
        let payload = self.bytes(length)
        for opcode in [WSOpcode.text, .binary] {
            let expected = WSTestFrame(opcode: opcode.rawValue, key: nil, payload: payload).bytes
            #expect(self.written { buffer in payload.withUnsafeBytes { WSFrameEncoder.write(opcode, $0, into: &buffer) } } == expected)
            #expect(self.written { WSFrameEncoder.write(opcode, ByteBuffer(bytes: payload), into: &$0) } == expected)
            #expect(self.written { WSFrameEncoder.write(opcode, String(decoding: payload, as: UTF8.self), into: &$0) } == expected)
            #expect(WSFrameEncoder.headerSize(length: length) == expected.count - length)
        }
    }

    @Test(arguments: Self.lengths)
    func aClientsFrameIsMasked(_ length: Int) {
        let payload = self.bytes(length)
        let expected = WSTestFrame(opcode: 1, payload: payload).bytes
        #expect(self.written { buffer in payload.withUnsafeBytes { WSFrameEncoder.write(.text, $0, mask: self.key, into: &buffer) } } == expected)
        #expect(self.written { WSFrameEncoder.write(.text, ByteBuffer(bytes: payload), mask: self.key, into: &$0) } == expected)
        #expect(self.written { WSFrameEncoder.write(.text, String(decoding: payload, as: UTF8.self), mask: self.key, into: &$0) } == expected)
    }

    @Test func fragmentsAndTheReservedBitAreWrittenOnRequest() {
        let first = WSTestFrame(isFinal: false, reserved: 4, opcode: 2, payload: [1, 2])
        #expect(
            self.written { buffer in
                first.payload.withUnsafeBytes { WSFrameEncoder.write(.binary, $0, isFinal: false, rsv1: true, mask: self.key, into: &buffer) }
            } == first.bytes
        )
        #expect(self.written { WSFrameEncoder.write(.continuation, "x", isFinal: false, into: &$0) } == [0x00, 0x01, 0x78])
        #expect(self.written { WSFrameEncoder.write(.continuation, ByteBuffer(string: "x"), rsv1: true, into: &$0) } == [0xc0, 0x01, 0x78])
    }

    @Test(arguments: Self.lengths)
    func whatIsWrittenIsRead(_ length: Int) {
        let payload = self.bytes(length)
        for peer in [WSFrameRules.Peer.client, .server] {
            let mask = peer == .client ? self.key : nil
            var reading = WSReading(peer: peer)
            let text = ByteBuffer(bytes: payload)
            WSFrameEncoder.write(.text, text, mask: mask, into: &reading.buffer)
            WSFrameEncoder.write(.binary, text, isFinal: false, mask: mask, into: &reading.buffer)
            WSFrameEncoder.write(.ping, "ping", mask: mask, into: &reading.buffer)
            WSFrameEncoder.write(.continuation, text, isFinal: false, mask: mask, into: &reading.buffer)
            WSFrameEncoder.write(.continuation, text, mask: mask, into: &reading.buffer)
            WSFrameEncoder.writeClose(.goingAway, reason: "bye", mask: mask, into: &reading.buffer)
            reading.read()
            #expect(reading.seen == [.text(payload), .ping("ping"), .binary(payload + payload + payload), .close(1001, Array("bye".utf8))])
        }
    }

    // MARK: Control frames

    @Test func controlFramesAreShort() {
        for opcode in [WSOpcode.ping, .pong] {
            for length in [0, 124, 125] {
                let expected = WSTestFrame(opcode: opcode.rawValue, key: nil, payload: self.bytes(length)).bytes
                #expect(self.written { WSFrameEncoder.write(opcode, ByteBuffer(bytes: self.bytes(length)), into: &$0) } == expected)
            }
            for length in [126, 1000] {
                let expected = WSTestFrame(opcode: opcode.rawValue, payload: self.bytes(125)).bytes
                #expect(self.written { WSFrameEncoder.write(opcode, ByteBuffer(bytes: self.bytes(length)), mask: self.key, into: &$0) } == expected)
            }
        }
    }

    @Test func aCloseCarriesItsCode() {
        #expect(self.written { WSFrameEncoder.writeClose(.normal, into: &$0) } == [0x88, 0x02, 0x03, 0xe8])
        #expect(self.written { WSFrameEncoder.writeClose(.limit, reason: "no", into: &$0) } == [0x88, 0x04, 0x11, 0x4d, 0x6e, 0x6f])
        #expect(self.written { WSFrameEncoder.writeClose(nil, into: &$0) } == [0x88, 0x00])
        #expect(self.written { WSFrameEncoder.writeClose(nil, reason: "lost", into: &$0) } == [0x88, 0x00])
        #expect(self.written { WSFrameEncoder.writeClose(.normal, mask: self.key, into: &$0) } == WSTestFrame.close(1000).bytes)
    }

    @Test func aCodeThatMayNotBeSentIsLeftOut() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000] as [UInt16] {
            #expect(self.written { WSFrameEncoder.writeClose(WSCloseCode(rawValue: code), reason: "x", into: &$0) } == [0x88, 0x00])
        }
    }

    @Test(arguments: ["a", "\u{e4}", "\u{20ac}", "\u{1f600}", "e\u{301}", "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}"])
    func aReasonIsCutBetweenCharacters(_ character: String) {
        for filler in 0..<character.utf8.count {
            let text = String(repeating: "-", count: filler) + String(repeating: character, count: 130)
            let whole = (123 - filler) / character.utf8.count
            let expected = String(repeating: "-", count: filler) + String(repeating: character, count: whole)
            let bytes = self.written { WSFrameEncoder.writeClose(.normal, reason: text, into: &$0) }
            #expect(String(decoding: bytes.dropFirst(4), as: UTF8.self) == expected)
            #expect(bytes.count <= 127)
        }
        let longest = String(repeating: "x", count: 123)
        #expect(self.written { WSFrameEncoder.writeClose(.normal, reason: longest, into: &$0) }.dropFirst(4).elementsEqual(longest.utf8))
    }

    @Test func aCharacterThatIsTooLongIsNoReason() {
        let text = "a" + String(repeating: "\u{301}", count: 100)
        #expect(self.written { WSFrameEncoder.writeClose(.normal, reason: text, into: &$0) } == [0x88, 0x02, 0x03, 0xe8])
    }
}
