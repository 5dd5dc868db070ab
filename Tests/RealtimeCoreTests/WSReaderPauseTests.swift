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

/// Reading stops where its owner wants it to.
@Suite struct WSReaderPauseTests {
    private let frames: [[WSTestFrame]] = [
        [.text("one")],
        [.ping("two")],
        [.text("th", isFinal: false), .more("ree")],
        [.pong("")],
        [.binary(Array(repeating: 4, count: 70_000))],
        [.text("")],
        [.binary([], isFinal: false), .more([])],
        [.close(1000)],
    ]

    @Test func whatFollowsAnEventStaysInTheBuffer() {
        var reading = WSReading()
        let sizes = self.frames.map { $0.reduce(0) { $0 + $1.bytes.count } }
        reading.buffer.writeBytes(self.frames.flatMap { $0.flatMap(\.bytes) })
        for index in self.frames.indices {
            reading.read { _ in false }
            #expect(reading.seen.count == index + 1)
            #expect(reading.buffer.readableBytes == sizes[(index + 1)...].reduce(0, +))
        }
        #expect(reading.seen == WSReading.seen(self.frames.flatMap { $0 }))
        #expect(reading.reader.isFinished)
    }

    @Test func aPauseAtAnyEventAndTheRestAtOnceIsTheSame() {
        let expected = WSReading.seen(self.frames.flatMap { $0 })
        for pause in 0..<expected.count {
            var reading = WSReading()
            var count = 0
            reading.read(self.frames.flatMap { $0.flatMap(\.bytes) }) { _ in
                count += 1
                return count != pause + 1
            }
            #expect(reading.seen == Array(expected[...pause]))
            reading.read()
            #expect(reading.seen == expected)
        }
    }

    @Test func aPauseBetweenFragmentsKeepsTheMessage() {
        var reading = WSReading()
        reading.buffer.writeBytes([WSTestFrame.text("a", isFinal: false), .ping("p"), .more("b"), .text("c")].flatMap(\.bytes))
        reading.read { _ in false }
        #expect(reading.seen == [.ping("p")])
        reading.read { _ in false }
        #expect(reading.seen == [.ping("p"), .text("ab")])
        reading.read { _ in false }
        #expect(reading.seen == [.ping("p"), .text("ab"), .text("c")])
        reading.read { _ in false }
        #expect(reading.seen.count == 3)
    }

    @Test func aMistakeBehindAPauseWaits() {
        var reading = WSReading()
        reading.read(WSTestFrame.text("a").bytes + [0x83]) { _ in false }
        #expect(reading.seen == [.text("a")])
        #expect(!reading.reader.isFinished)
        reading.read()
        #expect(reading.seen == [.text("a"), .failed(1002)])
    }

    @Test func onlyAHeaderThatIsNotCompleteStays() {
        var frame = WSTestFrame.binary([1])
        frame.promisedLength = 100_000
        let bytes = frame.bytes
        for count in 0...bytes.count {
            var reading = WSReading()
            reading.read(Array(bytes[..<count]))
            #expect(reading.buffer.readableBytes == (count < 14 ? count : 0))
        }
    }

    @Test func aBufferMayHaveBytesInFrontAndRoomBehind() {
        var reading = WSReading()
        reading.buffer.reserveCapacity(1000)
        reading.buffer.writeBytes([0xff, 0xff, 0xff])
        reading.buffer.moveReaderIndex(forwardBy: 3)
        reading.read([.text("a"), .text("b")])
        #expect(reading.seen == [.text("a"), .text("b")])
    }
}
