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

/// Compressed messages (RFC 7692 §6 and §7.2).
@Suite struct WSReaderDeflateTests {
    /// Frames of one compressed message.
    private static func frames(_ fragments: [[UInt8]], opcode: UInt8 = 1) -> [WSTestFrame] {
        fragments.enumerated().map { index, payload in
            let isLast = index == fragments.count - 1
            return WSTestFrame(isFinal: isLast, reserved: index == 0 ? 4 : 0, opcode: index == 0 ? opcode : 0, payload: payload)
        }
    }

    private static func seen(_ fragments: [[UInt8]], opcode: UInt8 = 1, maxMessageBytes: Int = 1 << 20) -> [WSReading.Seen] {
        var reading = WSReading(maxMessageBytes: maxMessageBytes, inflates: true)
        reading.read(Self.frames(fragments, opcode: opcode))
        return reading.seen
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        _ = bytes.withUnsafeBytes { Deflater()?.deflate($0, into: &buffer) }
        return Array(buffer.readableBytesView)
    }

    /// The examples of RFC 7692 §7.2.3.
    @Test(
        arguments: [
            [[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]],
            [[0xf2, 0x48, 0xcd], [0xc9, 0xc9, 0x07, 0x00]],
            [[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]],
            [[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]],
            [[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00]],
            // Fragments may be empty.
            [[], [0xf2, 0x48, 0xcd], [], [0xc9, 0xc9, 0x07, 0x00], []],
        ] as [[[UInt8]]]
    )
    func theStandardsExamplesSayHello(fragments: [[UInt8]]) {
        #expect(Self.seen(fragments) == [.text("Hello")])
    }

    @Test func anEmptyMessageIsAnEmptyBlockOrNothing() {
        #expect(Self.seen([[0x00]]) == [.text("")])
        #expect(Self.seen([[]]) == [.text("")])
        #expect(Self.seen([[], []], opcode: 2) == [.binary([])])
    }

    @Test func eachMessageStandsForItself() {
        var reading = WSReading(inflates: true)
        let hello = Self.frames([[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]])
        reading.read(hello + hello + [.text("plain"), .ping("p")] + hello)
        #expect(reading.seen == [.text("Hello"), .text("Hello"), .text("plain"), .ping("p"), .text("Hello")])
        // What refers to the message before (the third example of §7.2.3.2) refers to nothing.
        reading.read(Self.frames([[0xf2, 0x00, 0x11, 0x00, 0x00]]))
        #expect(reading.seen.last == .failed(1007))
    }

    @Test func controlFramesMayComeBetweenFragments() {
        var reading = WSReading(inflates: true)
        let frames = Self.frames([[0xf2, 0x48, 0xcd], [0xc9, 0xc9, 0x07, 0x00]])
        reading.read([frames[0], .ping("a"), .pong("b"), frames[1]])
        #expect(reading.seen == [.ping("a"), .pong("b"), .text("Hello")])
    }

    @Test func theMarkBelongsOnTheFirstFrameOfAMessageAndOnlyAfterAgreement() {
        let hello: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]
        for frames in [
            [WSTestFrame(isFinal: false, reserved: 4, opcode: 1, payload: hello), WSTestFrame(reserved: 4, opcode: 0)],
            [WSTestFrame(isFinal: false, opcode: 1), WSTestFrame(reserved: 4, opcode: 0, payload: hello)],
            [WSTestFrame(reserved: 4, opcode: 9)], [WSTestFrame(reserved: 4, opcode: 10)], [WSTestFrame(reserved: 4, opcode: 8)],
            [WSTestFrame(reserved: 6, opcode: 1, payload: hello)], [WSTestFrame(reserved: 5, opcode: 1, payload: hello)],
        ] {
            var reading = WSReading(inflates: true)
            reading.read(frames)
            #expect(reading.seen == [.failed(1002)])
        }
        #expect(WSReading.seen(Self.frames([hello])) == [.failed(1002)])
    }

    @Test(arguments: [0, 1, 5, 100, 4096, 70_000, 300_000]) func whatIsCompressedIsReadHoweverItIsCut(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count) + 1)
        for isNoise in [false, true] {
            let bytes = (0..<count).map { _ in isNoise ? UInt8.random(in: 0...255, using: &generator) : UInt8.random(in: 97...100, using: &generator)
            }
            var payload = Self.deflated(bytes)
            if count == 0 { payload = [0] }
            let cut = payload.isEmpty ? 0 : Int.random(in: 0...payload.count, using: &generator)
            let stream = Self.frames([Array(payload[..<cut]), Array(payload[cut...])], opcode: 2).flatMap(\.bytes)
            var whole = WSReading(inflates: true)
            whole.read(stream)
            #expect(whole.seen == [.binary(bytes)])
            var pieces = WSReading(inflates: true)
            var offset = 0
            while offset < stream.count {
                let length = min(stream.count - offset, Int.random(in: 1...max(1, count / 10), using: &generator))
                pieces.read(Array(stream[offset..<offset + length]))
                offset += length
            }
            #expect(pieces.seen == whole.seen)
            #expect(pieces.reader.heldBytes == 0)
        }
    }

    // MARK: What is broken

    @Test(
        arguments: [
            // A block of a kind that does not exist, a distance beyond the beginning, a length that is not its own complement.
            [0x07], [0xf2, 0x00, 0x11, 0x00, 0x00], [0x00, 0x05, 0x00, 0xfa, 0xfe, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
            // Cut short inside a block, in front of the bit that ends it, and without the byte behind a last block.
            [0xf2, 0x48, 0xcd], [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48], [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            // Text that is not compressed at all.
            Array("Hello".utf8),
        ] as [[UInt8]]
    )
    func dataThatIsBrokenFails(payload: [UInt8]) {
        #expect(Self.seen([payload]) == [.failed(1007)])
        #expect(Self.seen(payload.map { [$0] }) == [.failed(1007)])
    }

    @Test func textIsCheckedBehindTheCompression() {
        #expect(Self.seen([Self.deflated([0x68, 0xc3, 0xa9])]) == [.text("hé")])
        #expect(Self.seen([Self.deflated([0x68, 0xc3])]) == [.failed(1007)])
        #expect(Self.seen([Self.deflated([0xff, 0xfe])]) == [.failed(1007)])
        #expect(Self.seen([Self.deflated([0xff, 0xfe])], opcode: 2) == [.binary([0xff, 0xfe])])
    }

    @Test func badTextFailsBeforeItsMessageIsComplete() {
        // The bad byte stands in a block that has ended; the message goes on.
        let bad = Self.deflated([0x68, 0xff]) + [0x00, 0x00, 0xff, 0xff]
        var reading = WSReading(inflates: true)
        var bytes = WSTestFrame(isFinal: false, reserved: 4, opcode: 1, promisedLength: 1000, payload: bad).bytes
        let last = bytes.removeLast()
        reading.read(bytes)
        reading.read([last])
        #expect(reading.seen == [.failed(1007)])
    }

    // MARK: Limits

    @Test func theLimitIsForWhatComesOut() {
        let exact = [UInt8](repeating: 7, count: 100_000)
        #expect(Self.seen([Self.deflated(exact)], opcode: 2, maxMessageBytes: 100_000) == [.binary(exact)])
        #expect(Self.seen([Self.deflated(exact)], opcode: 2, maxMessageBytes: 99_999) == [.failed(1009)])
    }

    @Test func whatIsWrongFirstCounts() {
        let long = Self.deflated([0x61, 0xff] + [UInt8](repeating: 0x61, count: 100))
        #expect(Self.seen([long], maxMessageBytes: 50) == [.failed(1007)])
        #expect(Self.seen(long.map { [$0] }, maxMessageBytes: 50) == [.failed(1007)])
        let late = Self.deflated([UInt8](repeating: 0x61, count: 100) + [0xff])
        #expect(Self.seen([late], maxMessageBytes: 50) == [.failed(1009)])
        #expect(Self.seen(late.map { [$0] }, maxMessageBytes: 50) == [.failed(1009)])
    }

    @Test func noiseThatCompressionMakesLongerIsTakenUpToTheLimit() {
        var generator = SeededGenerator(seed: 3)
        let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let payload = Self.deflated(noise)
        #expect(payload.count > noise.count)
        #expect(Self.seen([payload], opcode: 2, maxMessageBytes: noise.count) == [.binary(noise)])
    }

    @Test(arguments: [1, 1000, 1 << 20]) func aBombIsStoppedAtTheLimit(step: Int) {
        let bomb = Self.deflated([UInt8](repeating: 0, count: 50_000_000))
        #expect(bomb.count < 500_000)
        let bytes = WSTestFrame(isFinal: false, reserved: 4, opcode: 2, payload: bomb).bytes
        var reading = WSReading(maxMessageBytes: 1 << 20, inflates: true)
        var arrived = 0
        var most = 0
        while arrived < bytes.count, !reading.reader.isFinished {
            reading.read(Array(bytes[arrived..<min(bytes.count, arrived + step)]))
            arrived += step
            most = max(most, reading.reader.heldBytes)
        }
        #expect(reading.seen == [.failed(1009)])
        #expect(step > 1000 || arrived < bomb.count / 10)
        #expect(most <= (192 << 10) + 20 * arrived)
        #expect(reading.reader.heldBytes == 0)
    }

    @Test(arguments: [1, 100, 5000]) func aFewBytesCannotHoldMuch(step: Int) {
        let spaces = Self.deflated([UInt8](repeating: 0x20, count: 1_000_000))
        var reading = WSReading(maxMessageBytes: 1 << 20, inflates: true)
        let bytes = WSTestFrame(isFinal: false, reserved: 4, opcode: 1, payload: spaces).bytes
        var arrived = 0
        while arrived < bytes.count {
            reading.read(Array(bytes[arrived..<min(bytes.count, arrived + step)]))
            arrived += step
            #expect(reading.reader.heldBytes <= (192 << 10) + 20 * arrived)
        }
        // It is the same message all the same.
        reading.read([.more("")])
        #expect(reading.seen == [.text([UInt8](repeating: 0x20, count: 1_000_000))])
        #expect(reading.reader.heldBytes == 0)
    }

    @Test func whatIsGivenUpIsCheckedAllTheSame() {
        let bad = Self.deflated([UInt8](repeating: 0x20, count: 1_000_000) + [0xff]) + [0x00, 0x00, 0xff, 0xff]
        var reading = WSReading(maxMessageBytes: 2_000_000, inflates: true)
        let frames = [
            WSTestFrame(isFinal: false, reserved: 4, opcode: 1, payload: Array(bad.prefix(2000))), .more(Array(bad.dropFirst(2000)), isFinal: false),
        ]
        for frame in frames { reading.read([frame]) }
        #expect(reading.seen == [.failed(1007)])
    }

    @Test func endlessEmptyBlocksAreStopped() {
        var reading = WSReading(maxMessageBytes: 1000, inflates: true)
        let nothing = [UInt8](repeating: 0, count: 5).enumerated().map { $0.offset > 2 ? UInt8(0xff) : $0.element }
        reading.read([WSTestFrame(isFinal: false, reserved: 4, opcode: 2)])
        for _ in 0..<1000 where !reading.reader.isFinished { reading.read([.more(nothing, isFinal: false)]) }
        #expect(reading.seen == [.failed(1009)])
    }

    @Test func messagesBeyondThoseThatFindADecompressorAreReadAllTheSame() {
        let text = String(repeating: "0123456789", count: 100)
        let payload = Self.deflated(Array(text.utf8))
        var waiting = (0..<1100).map { _ in WSReading(maxMessageBytes: 1000, inflates: true) }
        for index in waiting.indices { waiting[index].read([WSTestFrame(isFinal: false, reserved: 4, opcode: 1, payload: payload)]) }
        #expect(waiting.contains { $0.reader.heldBytes < 1000 })
        for index in waiting.indices {
            waiting[index].read([.more("")])
            #expect(waiting[index].seen == [.text(text)])
        }
        var late = (0..<1100).map { _ in WSReading(maxMessageBytes: 999, inflates: true) }
        for index in late.indices { late[index].read([WSTestFrame(isFinal: false, reserved: 4, opcode: 1, payload: payload)]) }
        for index in late.indices {
            late[index].read([.more("")])
            #expect(late[index].seen == [.failed(1009)])
        }
    }
}
