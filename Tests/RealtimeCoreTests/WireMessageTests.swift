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

@Suite struct WireMessageTests {
    private static let lengths = [1, 9, 10, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 65_535, 65_536, 70_000]

    /// Checks that a message is one HTTP/1.1 chunk around its payload (RFC 9112 §7.1).
    private func expectOneChunk(_ message: WireMessage, length: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(message.payload.readableBytes == length, sourceLocation: sourceLocation)
        let size = String(length, radix: 16)
        let expected = Array("\(size)\r\n".utf8) + Array(message.payload.readableBytesView) + Array("\r\n".utf8)
        #expect(Array(message.framed.readableBytesView) == expected, sourceLocation: sourceLocation)
    }

    @Test(arguments: Self.lengths)
    func aChunkHasItsSizeInFront(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        let message = WireMessage.chunk(capacity: length) { buffer in _ = buffer.writeBytes(bytes) }
        self.expectOneChunk(message, length: length)
        #expect(Array(message.payload.readableBytesView) == bytes)
    }

    @Test(arguments: Self.lengths)
    func aCapacityThatWasTooSmallChangesNothing(_ length: Int) {
        let message = WireMessage.chunk(capacity: 0) { buffer in _ = buffer.writeRepeatingByte(0x61, count: length) }
        self.expectOneChunk(message, length: length)
    }

    @Test(arguments: Self.lengths.filter { $0 > 8 })
    func anEventIsOneChunk(_ length: Int) throws {
        // "data: ", the text and two line ends.
        let event = SSEEvent.text(String(repeating: "x", count: length - 8))
        let message = try WireMessage.sse(event)
        self.expectOneChunk(message, length: length)
        #expect(try String(buffer: message.payload) == event.encoded())
    }

    @Test func theChannelIsInsideTheChunk() throws {
        let message = try WireMessage.sse(SSEEvent(event: "e", data: "x\ny", id: "1"), channel: "posts")
        #expect(String(buffer: message.payload) == "event: e\nid: 1\nchannel: posts\ndata: x\ndata: y\n\n")
        self.expectOneChunk(message, length: 47)
    }

    @Test func aCommentIsOneChunk() {
        let message = WireMessage.sseComment("keep-alive")
        #expect(String(buffer: message.payload) == ": keep-alive\n\n")
        #expect(String(buffer: message.framed) == "e\r\n: keep-alive\n\n\r\n")
    }

    @Test func aBadFieldIsRefused() {
        #expect(throws: RealtimeError(.invalidField, "event holds CR, LF or NUL; it is a single line of text")) {
            try WireMessage.sse(SSEEvent(event: "a\nb"))
        }
        #expect(throws: RealtimeError(.invalidField, "channel holds CR, LF or NUL; it is a single line of text")) {
            try WireMessage.sse(.text("x"), channel: "a\rb")
        }
    }

    @Test func theFramingChoosesTheBytes() throws {
        let message = try WireMessage.sse(.text("x"))
        #expect(message.bytes(.framed) == message.framed)
        #expect(message.bytes(.bare) == message.payload)
    }

    @Test func theLastChunkEndsTheBody() {
        #expect(String(buffer: WireMessage.lastChunk) == "0\r\n\r\n")
    }
}
