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

/// Text is UTF-8, and what is not is refused with its first wrong byte (RFC 6455 §8.1).
@Suite struct WSReaderTextTests {
    /// Texts with something wrong in them, each after some good characters and before others.
    private static let wrongTexts: [[UInt8]] = UTF8Samples.wrong.flatMap { wrong in
        [wrong, Array("\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5}".utf8) + wrong + Array("edited".utf8)]
    }

    @Test func goodTextIsGiven() {
        for scalar in UTF8Samples.scalars { #expect(WSReading.seen([.text(scalar)]) == [.text(scalar)]) }
        let all = UTF8Samples.scalars.flatMap { $0 }
        #expect(WSReading.seen([.text(all)]) == [.text(all)])
    }

    @Test func badTextIsRefusedAsAWhole() {
        for text in Self.wrongTexts {
            #expect(WSReading.seen([.text(text)]) == [.failed(1007)], "\(text)")
            #expect(WSReading.seen([.binary(text)]) == [.binary(text)], "\(text)")
        }
    }

    @Test func badTextIsRefusedInAFrameThatIsNotComplete() throws {
        for text in Self.wrongTexts {
            let length = try #require(UTF8Oracle.lengthOfRefusal(text))
            var frame = WSTestFrame.text(text + Array(repeating: 0x61, count: 10))
            frame.promisedLength = 100_000
            let bytes = frame.bytes
            let headerSize = frame.header.count
            var reading = WSReading()
            reading.read(Array(bytes[..<(headerSize + length - 1)]))
            #expect(reading.seen.isEmpty, "\(text)")
            reading.read([bytes[headerSize + length - 1]])
            #expect(reading.seen == [.failed(1007)], "\(text)")
            #expect(reading.reader.heldBytes == 0)

            var whole = WSReading()
            whole.read(bytes)
            #expect(whole.seen == [.failed(1007)], "\(text)")
        }
    }

    @Test func badTextIsRefusedInAMessageThatIsNotComplete() throws {
        for text in Self.wrongTexts {
            let length = try #require(UTF8Oracle.lengthOfRefusal(text))
            var reading = WSReading()
            for (index, byte) in text[..<(length - 1)].enumerated() {
                reading.read([index == 0 ? .text([byte], isFinal: false) : .more([byte], isFinal: false), .ping("\(index)")])
            }
            #expect(reading.seen.count == length - 1, "\(text)")
            reading.read([length == 1 ? .text([text[0]], isFinal: false) : .more([text[length - 1]], isFinal: false)])
            #expect(reading.seen.last == .failed(1007), "\(text)")
        }
    }

    @Test func textMustNotEndInsideACharacter() {
        for scalar in UTF8Samples.scalars where scalar.count > 1 {
            for count in 1..<scalar.count {
                let part = Array("ok".utf8) + scalar[..<count]
                #expect(WSReading.seen([.text(part)]) == [.failed(1007)])
                #expect(WSReading.seen([.text("x", isFinal: false), .more(part)]) == [.failed(1007)])
                #expect(WSReading.seen([.text(part, isFinal: false), .more("")]) == [.failed(1007)])
                // A frame may, when the message goes on.
                let rest = Array(scalar[count...])
                #expect(WSReading.seen([.text(part, isFinal: false), .more(rest)]) == [.text(part + rest)])
                #expect(WSReading.seen([.text(part, isFinal: false), .more("", isFinal: false), .more(rest)]) == [.text(part + rest)])
            }
        }
    }

    @Test func everyMessageBeginsAnew() {
        #expect(WSReading.seen([.binary([0xff], isFinal: false), .more([0xc3]), .text("a")]) == [.binary([0xff, 0xc3]), .text("a")])
        #expect(WSReading.seen([.text([0xc3], isFinal: false), .more([0xa4]), .text([0xa4])]) == [.text("\u{e4}"), .failed(1007)])
    }
}
