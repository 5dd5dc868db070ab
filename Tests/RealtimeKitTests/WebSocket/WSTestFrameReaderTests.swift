//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore
import RealtimeKit
import Testing

@testable import RealtimeKitTesting

/// The client of the tests accepts nothing from a server that RFC 6455 forbids.
@Suite struct WSTestFrameReaderTests {
    private func read(_ frames: [WSTestFrame], masked: Bool = false, piece: Int = .max) throws -> [WSTestArrival.Frame] {
        var bytes = ByteBuffer()
        for frame in frames { bytes.writeImmutableBuffer(frame.bytes(masked: masked)) }
        var reader = WSTestFrameReader()
        var arrived: [WSTestArrival.Frame] = []
        while let next = bytes.readSlice(length: min(piece, bytes.readableBytes)), next.readableBytes > 0 {
            try reader.read(next, into: &arrived)
        }
        return arrived
    }

    @Test(arguments: [1, 2, 3, 7, .max]) func framesAndMessagesAreReadHoweverTheyAreCut(piece: Int) throws {
        let long = String(repeating: "grün", count: 30_000)
        let sent: [WSTestFrame] = [
            .text("one"), .binary(ByteBuffer(bytes: [0, 255])), .text("t", isFinal: false), .ping("p"), .continuation("w", isFinal: false),
            .continuation("o"), .text(""), .text(long), .pong("q"), .close(1001, "bye"),
        ]
        let arrived = try self.read(sent, piece: piece)
        #expect(arrived.map(\.frame) == sent)
        let events: [WSTestArrival.Event] = [
            .message(.text("one")), .message(.binary(ByteBuffer(bytes: [0, 255]))), .ping(ByteBuffer(string: "p")), .message(.text("two")),
            .message(.text("")), .message(.text(long)), .pong(ByteBuffer(string: "q")), .close(.init(.goingAway, "bye")),
        ]
        #expect(arrived.compactMap(\.event) == events)
    }

    @Test func aCloseFrameMayBeEmpty() throws {
        #expect(try self.read([.close(nil)]).map(\.event) == [.close(.init(nil))])
    }

    @Test(
        arguments: [
            ([WSTestFrame(opcode: 3)], "opcode"),
            ([WSTestFrame(opcode: 1, "x", rsv: 4)], "reserved"),
            ([WSTestFrame(opcode: 1, "x", rsv: 1)], "reserved"),
            ([WSTestFrame(opcode: 9, "x", isFinal: false)], "fragmented"),
            ([WSTestFrame(opcode: 9, String(repeating: "x", count: 126))], "too long"),
            ([.continuation("x")], "no message"),
            ([.text("a", isFinal: false), .text("b")], "inside another"),
            ([WSTestFrame(opcode: 1, payload: ByteBuffer(bytes: [0xc3, 0x28]))], "UTF-8"),
            ([WSTestFrame(opcode: 1, payload: ByteBuffer(bytes: [0xc3]), isFinal: false), .continuation("x")], "UTF-8"),
            ([.close(1005)], "close code"),
            ([.close(999)], "close code"),
            ([WSTestFrame(opcode: 8, "x")], "cut short"),
            ([.close(1000), .text("late")], "behind a close frame"),
        ] as [([WSTestFrame], String)]
    )
    func whatAServerMayNotSendFails(frames: [WSTestFrame], problem: String) {
        let error = #expect(throws: BrokenResponse.self) { try self.read(frames) }
        #expect(error?.what.contains(problem) == true, "\(String(describing: error))")
    }

    @Test func aServerThatMasksFails() {
        let error = #expect(throws: BrokenResponse.self) { try self.read([.text("x")], masked: true) }
        #expect(error?.what.contains("masked") == true)
    }

    @Test func whatCameInFrontOfABrokenFrameIsKept() {
        var bytes = WSTestFrame.text("good").bytes(masked: false)
        bytes.writeImmutableBuffer(WSTestFrame.text("bad").bytes())
        var reader = WSTestFrameReader()
        var arrived: [WSTestArrival.Frame] = []
        #expect(throws: BrokenResponse.self) { try reader.read(bytes, into: &arrived) }
        #expect(arrived.map(\.frame) == [.text("good")])
    }
}
