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

/// What keeps a reader's memory bounded, and its work in proportion to what it is sent.
@Suite struct WSReaderLimitTests {
    private func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0x61, count: count) }

    /// A header that promises a payload, without the key.
    private func promise(_ length: UInt64, opcode: UInt8 = 2, isFinal: Bool = true) -> [UInt8] {
        Array(WSTestFrame(isFinal: isFinal, opcode: opcode, promisedLength: length).header.dropLast(4))
    }

    // MARK: Bytes

    @Test(arguments: [0, 1, 125, 126, 200, 65_535, 65_536, 70_000])
    func theLongestMessageIsAcceptedAndOneByteMoreIsNot(_ limit: Int) {
        var reading = WSReading(maxMessageBytes: limit)
        reading.read([
            .text(self.bytes(limit)), .binary(self.bytes(limit)), .text(self.bytes(limit / 2), isFinal: false), .more(self.bytes(limit - limit / 2)),
        ])
        #expect(reading.seen == [.text(self.bytes(limit)), .binary(self.bytes(limit)), .text(self.bytes(limit))])
        reading.read(self.promise(UInt64(limit + 1)))
        #expect(reading.seen.last == .failed(1009))
    }

    @Test func theLimitIsForTheSumOfFragments() {
        var reading = WSReading(maxMessageBytes: 10)
        reading.read([.text(self.bytes(5), isFinal: false), .more(self.bytes(5), isFinal: false), .more([], isFinal: false)])
        #expect(reading.seen.isEmpty)
        reading.read(self.promise(1, opcode: 0))
        #expect(reading.seen == [.failed(1009)])
        #expect(reading.reader.heldBytes == 0)
    }

    @Test func everyMessageHasTheWholeLimit() {
        var reading = WSReading(maxMessageBytes: 10)
        for _ in 0..<20 { reading.read([.text(self.bytes(6), isFinal: false), .more(self.bytes(4)), .binary(self.bytes(10))]) }
        #expect(reading.seen.count == 40)
    }

    @Test func controlFramesAreNotCounted() {
        var reading = WSReading(maxMessageBytes: 0, maxFragments: 1)
        let long = String(repeating: "p", count: 125)
        reading.read([.ping(long), .text([], isFinal: false), .pong(long), .ping(long), .close(1000, self.bytes(123))])
        #expect(reading.seen == [.ping(long), .pong(long), .ping(long), .close(1000, self.bytes(123))])
    }

    @Test(arguments: [1 << 20, Int.max])
    func aLengthOutOfTheWorldIsRefusedWithItsHeader(_ limit: Int) {
        for opcode in [1, 2] as [UInt8] {
            var reading = WSReading(maxMessageBytes: limit)
            reading.read(self.promise(1 << 63, opcode: opcode))
            #expect(reading.seen == [.failed(1002)])
            reading = WSReading(maxMessageBytes: limit)
            reading.read(self.promise(.max, opcode: opcode))
            #expect(reading.seen == [.failed(1002)])
            reading = WSReading(maxMessageBytes: limit)
            reading.read(self.promise((1 << 63) - 1, opcode: opcode))
            #expect(reading.seen == (limit == .max ? [] : [.failed(1009)]))
        }
        // Nor does the sum overflow.
        var reading = WSReading(maxMessageBytes: limit)
        reading.read([.text("abc", isFinal: false)])
        reading.read(self.promise((1 << 63) - 1, opcode: 0))
        #expect(reading.seen == [.failed(1009)])
    }

    @Test func limitsBelowTheLowestAreTheLowest() {
        let reader = WSReader(maxMessageBytes: -1, maxFragments: 0)
        #expect(reader.maxMessageBytes == 0)
        #expect(reader.maxFragments == 1)
    }

    // MARK: Fragments

    @Test func oneFragmentTooManyIsRefusedWithItsFirstByte() {
        for limit in [1, 2, 3, 50] {
            var reading = WSReading(maxFragments: limit)
            for _ in 0..<2 {
                reading.read([.text("a", isFinal: limit == 1)])
                for number in 1..<max(limit, 1) { reading.read([.more("b", isFinal: number == limit - 1), .ping("p")]) }
            }
            #expect(reading.seen.count == 2 * limit)
            reading.read([.text("a", isFinal: false)])
            for _ in 1..<max(limit, 1) { reading.read([.more("b", isFinal: false)]) }
            #expect(reading.error == nil)
            reading.read([0x80])
            #expect(reading.seen.last == .failed(1009))
        }
    }

    @Test func emptyFragmentsCount() {
        var reading = WSReading(maxFragments: 1000)
        reading.read([.text("", isFinal: false)] + Array(repeating: .more("", isFinal: false), count: 999))
        #expect(reading.seen.isEmpty)
        #expect(reading.reader.heldBytes == 0)
        reading.read([.more("", isFinal: false)])
        #expect(reading.seen == [.failed(1009)])
    }

    // MARK: Memory

    @Test func aPromiseTakesNoMemory() {
        var reading = WSReading(maxMessageBytes: 1 << 40)
        reading.read(self.promise(1 << 40) + [1, 2, 3, 4])
        #expect(reading.reader.heldBytes == 0)
        reading.read(self.bytes(1000))
        #expect((1000..<2100).contains(reading.reader.heldBytes))
    }

    @Test func memoryIsInProportionToWhatHasArrived() {
        var reading = WSReading(maxMessageBytes: 100_000)
        reading.read(self.promise(100_000) + [0, 0, 0, 0])
        var arrived = 0
        while arrived < 99_000 {
            let count = min(1 + arrived / 7, 99_000 - arrived)
            reading.read(self.bytes(count))
            arrived += count
            #expect((arrived...max(64, min(2 * arrived, 100_000) + 64)).contains(reading.reader.heldBytes))
        }
        reading.read(self.bytes(1000))
        #expect(reading.seen == [.binary(self.bytes(100_000))])
        #expect(reading.reader.heldBytes == 0)
    }

    @Test func aFrameThatIsWholeIsGivenFromTheScratch() throws {
        var reader = WSReader(maxMessageBytes: 1 << 20, maxFragments: 10)
        let scratch = WSScratch()
        func addresses(_ frames: [WSTestFrame]) throws -> [UnsafeRawPointer?] {
            var buffer = ByteBuffer(bytes: frames.flatMap(\.bytes))
            var addresses: [UnsafeRawPointer?] = []
            try reader.read(&buffer, scratch: scratch) { event in
                switch event {
                case .text(let bytes), .binary(let bytes), .ping(let bytes), .pong(let bytes): addresses.append(bytes.baseAddress)
                case .close: break
                }
                return true
            }
            return addresses
        }
        let whole = try addresses([.text("a"), .binary(self.bytes(65_536)), .ping("p"), .text(self.bytes(65_536)), .pong(""), .text("")])
        #expect(whole.count == 6)
        #expect(Set(whole).count == 1)
        // Others cannot be: their pieces went through it.
        let collected = try addresses([.text("a", isFinal: false), .more("b"), .binary(self.bytes(65_537))])
        #expect(collected.count == 2)
        #expect(Set(collected).isDisjoint(with: whole))
    }

    @Test func aControlFrameInPiecesIsGivenUp() {
        var reading = WSReading()
        let bytes = WSTestFrame.ping(String(repeating: "p", count: 125)).bytes
        reading.read(Array(bytes[..<100]))
        #expect((94...300).contains(reading.reader.heldBytes))
        reading.read(Array(bytes[100...]))
        #expect(reading.seen.count == 1)
        #expect(reading.reader.heldBytes == 0)
    }

    @Test func aMessageInManyFragmentsGrowsInFewSteps() {
        let fragments = 70_000
        let payload = self.bytes(240)
        let bytes = WSTestFrame.more(payload, isFinal: false).bytes
        var reading = WSReading(maxMessageBytes: fragments * payload.count, maxFragments: fragments)
        reading.read([.binary(payload, isFinal: false)])
        var capacities: [Int] = []
        for _ in 0..<(fragments - 2) {
            reading.read(bytes)
            if capacities.last != reading.reader.heldBytes { capacities.append(reading.reader.heldBytes) }
        }
        #expect(capacities.count < 40)
        #expect((capacities.last ?? 0) <= fragments * payload.count + 4096)
        reading.read([.more(payload)])
        #expect(reading.seen == [.binary(self.bytes(fragments * payload.count))])
        #expect(reading.reader.heldBytes == 0)
    }
}
