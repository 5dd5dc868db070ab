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

/// The compressed form beside a message.
@Suite struct WireMessageDeflateTests {
    private static func message(_ text: String, _ opcode: WSOpcode = .text) -> WireMessage {
        .webSocket(opcode) { $0.writeString(text) }
    }

    private static let long = String(repeating: #"{"name":"value","other":[1,2,3]},"#, count: 40)

    /// What a client makes of the bytes.
    private static func seen(_ bytes: ByteBuffer) -> [WSReading.Seen] {
        var reading = WSReading(inflates: true, peer: .server)
        reading.read(Array(bytes.readableBytesView))
        return reading.seen
    }

    @Test(arguments: [WSOpcode.text, .binary]) func theCompressedFormSaysTheSame(opcode: WSOpcode) throws {
        let message = Self.message(Self.long, opcode).deflated(from: 0)
        let deflated = try #require(message.deflated)
        #expect(deflated.readableBytes < message.framed.readableBytes / 4)
        #expect(deflated.getInteger(at: deflated.readerIndex, as: UInt8.self) == 0xc0 | opcode.rawValue)
        let bytes = Array(Self.long.utf8)
        #expect(Self.seen(deflated) == [opcode == .text ? .text(bytes) : .binary(bytes)])
        #expect(Self.seen(message.framed) == Self.seen(deflated))
    }

    @Test func shortAndLongPayloadsAreLeftAlone() {
        let length = Self.long.utf8.count
        #expect(Self.message(Self.long).deflated(from: length).deflated != nil)
        #expect(Self.message(Self.long).deflated(from: length + 1).deflated == nil)
        #expect(Self.message(Self.long).deflated(from: 0, upTo: length).deflated != nil)
        #expect(Self.message(Self.long).deflated(from: 0, upTo: length - 1).deflated == nil)
        #expect(Self.message("").deflated(from: 0).deflated == nil)
    }

    @Test func whatWouldNotBeShorterIsLeftAlone() {
        var generator = SeededGenerator(seed: 1)
        let noise = WireMessage.webSocket(.binary) { buffer in
            for _ in 0..<1000 { buffer.writeInteger(UInt8.random(in: 0...255, using: &generator)) }
        }
        #expect(noise.deflated(from: 0).deflated == nil)
    }

    @Test func controlFramesAreNeverCompressed() {
        #expect(Self.message(String(repeating: "a", count: 125), .ping).deflated(from: 0).deflated == nil)
    }

    @Test func aConnectionGetsTheFormThatItTakes() {
        let message = Self.message(Self.long).deflated(from: 0)
        let length = message.payload.readableBytes
        #expect(message.bytes(.deflated(upTo: .max)) == message.deflated)
        #expect(message.bytes(.deflated(upTo: length)) == message.deflated)
        #expect(message.bytes(.deflated(upTo: length - 1)) == message.framed)
        #expect(message.bytes(.framed) == message.framed)
        #expect(message.bytes(.bare) == message.payload)
        #expect(Self.message("short").bytes(.deflated(upTo: .max)) == Self.message("short").framed)
    }

    @Test func answersAreCompressedWhereThatMakesThemShorter() {
        var buffer = ByteBuffer()
        WSDeflateEncoder.write(.text, ByteBuffer(string: Self.long), into: &buffer)
        WSDeflateEncoder.write(.text, ByteBuffer(string: "ab"), into: &buffer)
        WSDeflateEncoder.write(.text, ByteBuffer(), into: &buffer)
        #expect(buffer.readableBytes < Self.long.utf8.count / 4)
        #expect(Self.seen(buffer) == [.text(Self.long), .text("ab"), .text("")])
    }

    /// A receiver with a window of 2^n bytes reads a message of that length: nothing in it refers to what is farther away.
    @Test(arguments: [9, 10, 12, 15]) func aMessageRefersToNothingFartherAwayThanItsLength(bits: Int) {
        let length = 1 << bits
        var generator = SeededGenerator(seed: UInt64(bits))
        let half = (0..<length / 2).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let message = WireMessage.webSocket(.binary) { $0.writeBytes(half + half) }.deflated(from: 0, upTo: length)
        #expect(message.deflated.map { Self.seen($0) } == [.binary(half + half)])
    }
}
