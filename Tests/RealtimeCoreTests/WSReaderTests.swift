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

/// What comes out of a reader, and what is refused (RFC 6455 §5 to §7).
@Suite struct WSReaderTests {
    private typealias Seen = WSReading.Seen

    // MARK: Messages

    @Test func everyKindOfFrameIsAnEvent() {
        let frames: [WSTestFrame] = [.text("h\u{e9}llo"), .binary([0, 0xff]), .ping("a"), .pong("b"), .text(""), .binary([]), .ping(""), .pong("")]
        #expect(
            WSReading.seen(frames)
                == [.text("h\u{e9}llo"), .binary([0, 0xff]), .ping("a"), .pong("b"), .text(""), .binary([]), .ping(""), .pong("")]
        )
    }

    @Test func aMaskedFrameOfTheStandardIsRead() {
        // RFC 6455 §5.7.
        var reading = WSReading()
        reading.read([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
        reading.read([0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
        #expect(reading.seen == [.text("Hello"), .pong("Hello")])
    }

    @Test func theFramesOfAServerInTheStandardAreRead() {
        var reading = WSReading(peer: .server)
        reading.read([0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        reading.read([0x01, 0x03, 0x48, 0x65, 0x6c])
        reading.read([0x80, 0x02, 0x6c, 0x6f])
        reading.read([0x82, 0x7e, 0x01, 0x00] + Array(repeating: 7, count: 256))
        reading.read([0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0] + Array(repeating: 8, count: 65_536))
        #expect(
            reading.seen
                == [.text("Hello"), .text("Hello"), .binary(Array(repeating: 7, count: 256)), .binary(Array(repeating: 8, count: 65_536))]
        )
        reading.read(WSTestFrame.text("masked").bytes)
        #expect(reading.seen.last == .failed(1002))
    }

    @Test func fragmentsAreOneMessage() {
        #expect(WSReading.seen([.text("a", isFinal: false), .more("b", isFinal: false), .more("c")]) == [.text("abc")])
        #expect(WSReading.seen([.binary([1], isFinal: false), .more([2])]) == [.binary([1, 2])])
        #expect(WSReading.seen([.text("", isFinal: false), .more("", isFinal: false), .more("")]) == [.text("")])
        #expect(WSReading.seen([.binary([], isFinal: false), .more([])]) == [.binary([])])
        #expect(
            WSReading.seen([.text("a", isFinal: false), .more("b"), .text("c"), .text("d", isFinal: false), .more("e")]) == [
                .text("ab"), .text("c"), .text("de"),
            ]
        )
    }

    @Test func controlFramesMayStandInsideAMessage() {
        let frames: [WSTestFrame] = [.text("\u{e4}", isFinal: false), .ping("1"), .more("b", isFinal: false), .pong("2"), .ping(""), .more("c")]
        #expect(WSReading.seen(frames) == [.ping("1"), .pong("2"), .ping(""), .text("\u{e4}bc")])
        #expect(WSReading.seen([.binary([1], isFinal: false), .close(1000)]) == [.close(1000, [])])
    }

    @Test func controlFramesInPiecesMayStandBetweenHalvesOfACharacter() {
        var reading = WSReading()
        let long = String(repeating: "p", count: 125)
        let frames: [WSTestFrame] = [.text([0xf0, 0x9f], isFinal: false), .ping(long), .more([0x98], isFinal: false), .pong(long), .more([0x80])]
        for byte in frames.flatMap(\.bytes) { reading.read([byte]) }
        #expect(reading.seen == [.ping(long), .pong(long), .text("\u{1f600}")])
    }

    @Test(arguments: [125, 126, 127, 128, 65_535, 65_536, 65_537, 131_072, 131_073, 200_000])
    func payloadsOfEveryLengthAreRead(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let text = (0..<length).map { UInt8(truncatingIfNeeded: 0x20 + $0 % 0x5f) }
        let frames: [WSTestFrame] = [.binary(bytes), .text(text), .ping("after"), .text(text, isFinal: false), .more(text)]
        var expected: [Seen] = [.binary(bytes), .text(text), .ping("after"), .text(text + text)]
        var reading = WSReading(maxMessageBytes: 2 * length)
        reading.read(frames)
        #expect(reading.seen == expected)
        // Once more in pieces that fit nothing.
        let stream = frames.flatMap(\.bytes)
        for start in stride(from: 0, to: stream.count, by: 8191) { reading.read(Array(stream[start..<min(start + 8191, stream.count)])) }
        expected += expected
        #expect(reading.seen == expected)
    }

    // MARK: Refusals

    @Test func messagesDoNotOverlap() {
        #expect(WSReading.seen([.more("a")]) == [.failed(1002)])
        #expect(WSReading.seen([.more("a", isFinal: false)]) == [.failed(1002)])
        #expect(WSReading.seen([.text("a"), .more("b")]) == [.text("a"), .failed(1002)])
        #expect(WSReading.seen([.text("a", isFinal: false), .more("b"), .more("c")]) == [.text("ab"), .failed(1002)])
        #expect(WSReading.seen([.text("a", isFinal: false), .text("b")]) == [.failed(1002)])
        #expect(WSReading.seen([.text("a", isFinal: false), .binary([1], isFinal: false)]) == [.failed(1002)])
        #expect(WSReading.seen([.text("a", isFinal: false), .ping("p"), .text("b")]) == [.ping("p"), .failed(1002)])
    }

    @Test func framesBeforeAMistakeAreStillGiven() {
        #expect(WSReading.seen([.text("a"), .ping("b"), WSTestFrame(opcode: 3), .text("c")]) == [.text("a"), .ping("b"), .failed(1002)])
    }

    @Test func aMistakeIsFoundInTheFirstByte() {
        for byte in [0x83, 0x8b, 0xc1, 0xa1, 0x91, 0x08, 0x09, 0x80, 0x00] as [UInt8] {
            var reading = WSReading()
            reading.read([byte])
            #expect(reading.seen == [.failed(1002)], "\(byte)")
        }
    }

    @Test func reasonsFitIntoACloseFrame() {
        var reasons: Set<String> = []
        for seed in UInt64(0)..<1000 {
            var streams = WSStreamGenerator(seed: seed, mistakes: 3)
            var reading = WSReading(maxMessageBytes: 400, maxFragments: 3)
            reading.read(streams.stream())
            if let error = reading.error { reasons.insert(error.reason) }
        }
        #expect(reasons.count >= 11)
        for reason in reasons {
            #expect((1...123).contains(reason.utf8.count))
            #expect(reason.utf8.allSatisfy { (0x20..<0x7f).contains($0) })
        }
    }

    // MARK: The end

    @Test func nothingIsReadAfterTheEnd() {
        for end in [WSTestFrame.close(1000), WSTestFrame(opcode: 3)] {
            var reading = WSReading()
            #expect(!reading.reader.isFinished)
            reading.read([.text("a"), end, .text("b")])
            let seen = reading.seen
            #expect(seen.count == 2)
            #expect(reading.reader.isFinished)
            #expect(reading.buffer.readableBytes == 0)
            reading.read([.text("c"), .ping("d"), WSTestFrame(opcode: 3)])
            #expect(reading.seen == seen)
            #expect(reading.buffer.readableBytes == 0)
        }
    }
}
