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

@Suite struct SSEEncoderTests {
    private func encoded(_ event: SSEEvent, channel: String? = nil) throws -> String {
        var buffer = ByteBuffer()
        try SSEEncoder.write(event, channel: channel, into: &buffer)
        return String(buffer: buffer)
    }

    private func comment(_ text: String) -> String {
        var buffer = ByteBuffer()
        SSEEncoder.writeComment(text, into: &buffer)
        return String(buffer: buffer)
    }

    @Test func fieldsHaveAFixedOrder() throws {
        let event = SSEEvent(event: "created", data: "x", id: "7", retry: 3000)
        #expect(try self.encoded(event, channel: "posts") == "event: created\nid: 7\nretry: 3000\nchannel: posts\ndata: x\n\n")
        #expect(try event.encoded() == "event: created\nid: 7\nretry: 3000\ndata: x\n\n")
    }

    @Test func absentFieldsAreNotWritten() throws {
        #expect(try SSEEvent.text("x").encoded() == "data: x\n\n")
        #expect(try SSEEvent(id: "7").encoded() == "id: 7\ndata: \n\n")
        #expect(try SSEEvent(retry: 0).encoded() == "retry: 0\ndata: \n\n")
        #expect(try SSEEvent(event: "e").encoded() == "event: e\ndata: \n\n")
    }

    @Test func anEventWithoutDataIsStillDispatched() throws {
        #expect(try SSEEvent().encoded() == "data: \n\n")
        #expect(try SSEEvent(data: "").encoded() == "data: \n\n")
    }

    @Test func emptyFieldsAreWritten() throws {
        #expect(try self.encoded(SSEEvent(event: "", data: "x", id: ""), channel: "") == "event: \nid: \nchannel: \ndata: x\n\n")
    }

    @Test(arguments: [
        ("a\nb", ["a", "b"]),
        ("a\rb", ["a", "b"]),
        ("a\r\nb", ["a", "b"]),
        ("a\n\rb", ["a", "", "b"]),
        ("a\r\r\nb", ["a", "", "b"]),
        ("a\n\nb", ["a", "", "b"]),
        ("a\r\n\r\nb", ["a", "", "b"]),
        ("\n", ["", ""]),
        ("\r", ["", ""]),
        ("\r\n", ["", ""]),
        ("a\n", ["a", ""]),
        ("a\r\n", ["a", ""]),
        ("a\r", ["a", ""]),
        ("\na", ["", "a"]),
        (" a", [" a"]),
        ("a\u{2028}b\u{85}c\u{b}d\u{c}e", ["a\u{2028}b\u{85}c\u{b}d\u{c}e"]),
        ("data: x\n\nevent: forged", ["data: x", "", "event: forged"]),
        ("\u{0}", ["\u{0}"]),
        ("\u{feff}a", ["\u{feff}a"]),
    ])
    func everyLineOfTheDataIsALineOfItsOwn(_ data: String, lines: [String]) throws {
        let expected = lines.map { "data: \($0)\n" }.joined() + "\n"
        #expect(try Array(SSEEvent(data: data).encoded().utf8) == Array(expected.utf8))
        #expect(Array(self.comment(data).utf8) == Array((lines.map { ": \($0)\n" }.joined() + "\n").utf8))
    }

    @Test(arguments: ["👋", "👩‍👩‍👧", "e\u{301}", "\u{e9}", "日本語", "🇩🇪\r\n🇫🇷"])
    func textKeepsItsBytes(_ text: String) throws {
        let line = text.replacing("\r\n", with: "\ndata: ")
        #expect(try Array(SSEEvent(data: text).encoded().utf8) == Array("data: \(line)\n\n".utf8))
    }

    @Test(arguments: ["a\rb", "a\nb", "a\r\nb", "a\u{0}b", "\n", "\r", "\r\n", "\u{0}", "x\n\ndata: forged", "👩\u{301}\n"])
    func fieldsOfOneLineRefuseLineBreaksAndNUL(_ text: String) {
        let cases: [(SSEEvent, String?, String)] = [
            (SSEEvent(event: text), nil, "event"),
            (SSEEvent(id: text), nil, "id"),
            (SSEEvent(data: "x"), text, "channel"),
        ]
        for (event, channel, field) in cases {
            var buffer = ByteBuffer(string: "before")
            #expect(throws: RealtimeError(.invalidField, "\(field) holds CR, LF or NUL; it is a single line of text")) {
                try SSEEncoder.write(event, channel: channel, into: &buffer)
            }
            #expect(buffer == ByteBuffer(string: "before"))
        }
    }

    @Test func aNegativeRetryIsRefused() {
        var buffer = ByteBuffer(string: "before")
        #expect(throws: RealtimeError(.invalidField, "retry is -1; it is a time in milliseconds, zero or more")) {
            try SSEEvent(event: "e", retry: -1).encode(into: &buffer)
        }
        #expect(buffer == ByteBuffer(string: "before"))
        #expect(throws: RealtimeError.self) { try SSEEvent(retry: .min).encoded() }
    }

    @Test func theLargestRetryIsWritten() throws {
        #expect(try SSEEvent(retry: .max).encoded() == "retry: 9223372036854775807\ndata: \n\n")
    }

    @Test func eventsAreAppended() throws {
        var buffer = ByteBuffer(string: "data: 1\n\n")
        try SSEEvent.text("2").encode(into: &buffer)
        #expect(String(buffer: buffer) == "data: 1\n\ndata: 2\n\n")
    }

    @Test func commentsAreIgnoredByClients() throws {
        #expect(self.comment("keep-alive") == ": keep-alive\n\n")
        #expect(self.comment("") == ": \n\n")
        var parser = SSEParser()
        #expect(try parser.parse(ByteBuffer(string: self.comment("a\ndata: x\r\nb"))).isEmpty)
    }

    /// The bytes of a text with LF for every line end.
    private func withLineFeeds(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte != 0x0a || previous != 0x0d { bytes.append(byte == 0x0d ? 0x0a : byte) }
            previous = byte
        }
        return bytes
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func whateverIsEncodedIsReadBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = ["a", " ", ":", "\n", "\r", "\r\n", "data: ", "\u{feff}", "👋", "é", "\u{0}", "\t", "id: 1"]
        let lines = pieces.filter { !$0.contains { $0.isNewline } && $0 != "\u{0}" }
        func text(_ pieces: [String]) -> String {
            (0..<random.number(0..<12)).map { _ in pieces[random.number(0..<pieces.count)] }.joined()
        }
        var parser = SSEParser()
        for _ in 0..<500 {
            let event = SSEEvent(event: text(lines), data: text(pieces), id: text(lines), retry: random.number(0..<10_000))
            let channel = text(lines)
            let read = try #require(try parser.parse(ByteBuffer(string: self.encoded(event, channel: channel))).first)
            #expect(read.event == (event.event == "" ? "message" : event.event))
            #expect(Array(read.data.utf8) == self.withLineFeeds(event.data ?? ""))
            #expect(read.lastEventID == event.id)
            #expect(read.channel == channel)
            #expect(parser.retry == event.retry)
        }
    }
}
