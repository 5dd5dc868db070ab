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

/// Close frames (RFC 6455 §5.5.1, §7.4).
@Suite struct WSReaderCloseTests {
    @Test func aCodeIsGivenWhenItMayBeSent() {
        for code in Array(0...5001) + [9999, 65_535] as [UInt16] {
            let isSendable = WSCloseCode(rawValue: code).isSendable
            #expect(WSReading.seen([.close(code)]) == [isSendable ? .close(code, []) : .failed(1002)], "\(code)")
        }
        for code in [1000, 1003, 1014, 3000, 4999] as [UInt16] {
            #expect(WSReading.seen([.close(code, Array("why".utf8))]) == [.close(code, Array("why".utf8))])
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000] as [UInt16] {
            #expect(WSReading.seen([.close(code, Array("why".utf8))]) == [.failed(1002)])
        }
    }

    @Test func aCloseNeedsNoCode() {
        #expect(WSReading.seen([WSTestFrame(opcode: 8)]) == [.close(nil, [])])
    }

    @Test func aCodeIsTwoBytes() {
        var reading = WSReading()
        reading.read([0x88, 0x81])
        #expect(reading.seen == [.failed(1002)])
    }

    @Test func aReasonIsUTF8AndComplete() {
        let longest = Array("\u{1f600}\u{e4}".utf8) + Array(repeating: 0x61, count: 117)
        #expect(longest.count == 123)
        #expect(WSReading.seen([.close(1000, longest)]) == [.close(1000, longest)])
        #expect(WSReading.seen([.close(1000, longest + [0x61])]) == [.failed(1002)])
        #expect(WSReading.seen([.close(1000, [0x61, 0xc3])]) == [.failed(1007)])
        for wrong in UTF8Samples.wrong {
            #expect(WSReading.seen([.close(1000, wrong)]) == [.failed(1007)], "\(wrong)")
        }
        #expect(WSReading.seen([.close(1005, [0xff])]) == [.failed(1002)])
    }

    @Test func aCloseInPiecesIsTheSame() {
        for (frame, expected) in [
            (.close(4401, Array("why".utf8)), .close(4401, Array("why".utf8))),
            (.close(1000), .close(1000, [])),
            (.close(1005), .failed(1002)),
            (.close(1000, [0xff]), .failed(1007)),
        ] as [(WSTestFrame, WSReading.Seen)] {
            var reading = WSReading()
            for byte in frame.bytes { reading.read([byte]) }
            #expect(reading.seen == [expected])
            #expect(reading.reader.heldBytes == 0)
        }
    }

    @Test func aCloseEndsAMessageThatIsArriving() {
        var reading = WSReading()
        reading.read([.text(Array(repeating: 0x61, count: 1000), isFinal: false), .ping("p"), .close(1001), .more("rest")])
        #expect(reading.seen == [.ping("p"), .close(1001, [])])
        #expect(reading.reader.heldBytes == 0)
    }
}
