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

@Suite struct WireMessageWebSocketTests {
    private struct Failure: Error {}

    private func expectFrame(_ message: WireMessage, _ opcode: WSOpcode, _ payload: [UInt8]) {
        #expect(Array(message.payload.readableBytesView) == payload)
        #expect(Array(message.framed.readableBytesView) == WSTestFrame(opcode: opcode.rawValue, key: nil, payload: payload).bytes)
        #expect(message.bytes(.framed) == message.framed)
        #expect(message.bytes(.bare) == message.payload)
    }

    @Test(arguments: WSFrameEncoderTests.lengths)
    func aFrameIsPutAroundWhatIsWritten(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        for capacity in [0, length] {
            let message = WireMessage.webSocket(.binary, capacity: capacity) { buffer in
                // In two steps, so that the buffer grows in between.
                buffer.writeBytes(bytes.prefix(length / 2))
                buffer.writeBytes(bytes.dropFirst(length / 2))
            }
            self.expectFrame(message, .binary, bytes)
        }
    }

    @Test func everyOpcodeHasItsFrame() {
        for opcode in [WSOpcode.text, .binary, .ping, .pong, .close] {
            self.expectFrame(WireMessage.webSocket(opcode) { $0.writeBytes([3, 0xe8]) }, opcode, [3, 0xe8])
        }
    }

    @Test func aControlFrameIsCut() {
        let message = WireMessage.webSocket(.ping) { $0.writeRepeatingByte(0x61, count: 200) }
        self.expectFrame(message, .ping, Array(repeating: 0x61, count: 125))
    }

    @Test func whatWritingThrowsIsThrown() {
        #expect(throws: Failure.self) {
            try WireMessage.webSocket(.text) { buffer throws(Failure) in
                buffer.writeString("x")
                throw Failure()
            }
        }
    }

    @Test func framesOfSeveralMessagesMayBeJoined() {
        var reading = WSReading(peer: .server)
        for text in ["a", "", "c"] {
            reading.buffer.writeImmutableBuffer(WireMessage.webSocket(.text) { $0.writeString(text) }.framed)
        }
        reading.read()
        #expect(reading.seen == [.text("a"), .text(""), .text("c")])
    }
}
