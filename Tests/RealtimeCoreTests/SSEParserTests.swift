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

/// The rules of WHATWG HTML §9.2.6, one by one.
@Suite struct SSEParserTests {
    private struct Seen: Equatable {
        var event = "message"
        var data: String
        var id = ""
        var channel: String?

        init(event: String = "message", _ data: String, id: String = "", channel: String? = nil) {
            self.event = event
            self.data = data
            self.id = id
            self.channel = channel
        }

        init(_ event: SSEParser.Event) {
            self.init(event: event.event, event.data, id: event.lastEventID, channel: event.channel)
        }
    }

    private func parse(_ pieces: [[UInt8]], with parser: inout SSEParser) throws -> [Seen] {
        try pieces.flatMap { try parser.parse(ByteBuffer(bytes: $0)) }.map { Seen($0) }
    }

    private func parse(_ text: String) throws -> [Seen] {
        var parser = SSEParser()
        return try self.parse([Array(text.utf8)], with: &parser)
    }

    // MARK: Lines

    @Test(arguments: ["\n", "\r", "\r\n"])
    func linesEndWithAnyOfTheThree(_ end: String) throws {
        let text = ["event: e", "data: a", "data: b", "", "data: c", "", ""].joined(separator: end)
        #expect(try self.parse(text) == [Seen(event: "e", "a\nb"), Seen("c")])
    }

    @Test func lineEndsMayBeMixed() throws {
        #expect(try self.parse("data: a\rdata: b\ndata: c\r\n\r\n") == [Seen("a\nb\nc")])
        #expect(try self.parse("data: a\n\rdata: b\r\r") == [Seen("a"), Seen("b")])
    }

    @Test func otherSeparatorsOfUnicodeEndNoLine() throws {
        #expect(try self.parse("data: a\u{2028}b\u{85}c\u{b}d\u{c}e\n\n") == [Seen("a\u{2028}b\u{85}c\u{b}d\u{c}e")])
    }

    @Test func aByteOrderMarkCountsOnlyAtTheBeginning() throws {
        #expect(try self.parse("\u{feff}data: a\n\n") == [Seen("a")])
        #expect(try self.parse("\u{feff}\ndata: a\n\n") == [Seen("a")])
        #expect(try self.parse("\u{feff}\u{feff}data: a\n\n").isEmpty)
        #expect(try self.parse("\n\u{feff}data: a\n\n").isEmpty)
        #expect(try self.parse("data: a\n\n\u{feff}data: b\n\n") == [Seen("a")])
        #expect(try self.parse("data: \u{feff}a\n\n") == [Seen("\u{feff}a")])
        #expect(try self.parse("\u{feff}: comment\ndata: a\n\n") == [Seen("a")])
    }

    @Test func commentsAreIgnored() throws {
        #expect(try self.parse(":\n: x\n:data: x\n:\n\n").isEmpty)
        #expect(try self.parse("data: a\n: between\ndata: b\n\n") == [Seen("a\nb")])
    }

    @Test func commentsAreKeptOnRequest() throws {
        var parser = SSEParser()
        parser.keepsComments = true
        _ = try self.parse([Array(":a\n: b\n:  c\n:\n".utf8)], with: &parser)
        #expect(parser.comments == ["a", "b", " c", ""])
        for number in 0..<200 { _ = try self.parse([Array(": \(number)\n".utf8)], with: &parser) }
        #expect(parser.comments == (100..<200).map { String($0) })
        parser.comments = []
        parser.keepsComments = false
        _ = try self.parse([Array(": x\n".utf8)], with: &parser)
        #expect(parser.comments.isEmpty)
    }

    // MARK: Fields

    @Test func aLineWithoutColonIsAFieldWithoutValue() throws {
        #expect(try self.parse("data\n\n") == [Seen("")])
        #expect(try self.parse("data\ndata\n\n") == [Seen("\n")])
        #expect(try self.parse("event: e\nevent\ndata: a\n\n") == [Seen("a")])
        #expect(try self.parse("id: 1\nid\ndata: a\n\n") == [Seen("a")])
        #expect(try self.parse("nothing\n\n").isEmpty)
    }

    @Test func oneLeadingSpaceIsRemoved() throws {
        #expect(try self.parse("data:a\n\n") == [Seen("a")])
        #expect(try self.parse("data: a\n\n") == [Seen("a")])
        #expect(try self.parse("data:  a \n\n") == [Seen(" a ")])
        #expect(try self.parse("data:\ta\n\n") == [Seen("\ta")])
        #expect(try self.parse("data: \n\n") == [Seen("")])
        #expect(try self.parse("data:a: b:c\n\n") == [Seen("a: b:c")])
    }

    @Test(arguments: ["Data: a", " data: a", "data : a", "dat: a", "dataa: a", "DATA: a", "d\u{e0}ta: a", "\tdata: a", "x: data: a"])
    func fieldNamesAreComparedExactly(_ line: String) throws {
        #expect(try self.parse("\(line)\n\n").isEmpty)
    }

    @Test func dataLinesAreJoinedByLF() throws {
        #expect(try self.parse("data: a\ndata:\ndata: b\n\n") == [Seen("a\n\nb")])
        #expect(try self.parse("data:\ndata:\n\n") == [Seen("\n")])
    }

    @Test func theLastEventFieldCountsAndIsForgottenAfterEachEvent() throws {
        #expect(try self.parse("event: a\nevent: b\ndata: 1\n\ndata: 2\n\n") == [Seen(event: "b", "1"), Seen("2")])
        #expect(try self.parse("event: a\n\ndata: 2\n\n") == [Seen("2")])
        #expect(try self.parse("event:\ndata: 1\n\n") == [Seen("1")])
    }

    @Test func anEventWithoutDataIsNotDispatched() throws {
        #expect(try self.parse("event: a\nid: 1\n\n").isEmpty)
        #expect(try self.parse("\n\n\n\n").isEmpty)
        #expect(try self.parse("data: a\n\n\n\n") == [Seen("a")])
    }

    @Test func anUnterminatedEventIsNotDispatched() throws {
        #expect(try self.parse("data: a\n\ndata: b\n") == [Seen("a")])
        #expect(try self.parse("data: a\n\ndata: b") == [Seen("a")])
    }

    @Test func theLastEventIDIsKept() throws {
        let events = try self.parse("id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid:\ndata: d\n\n")
        #expect(events == [Seen("a", id: "1"), Seen("b", id: "1"), Seen("c", id: "2"), Seen("d")])
    }

    @Test func theLastEventIDChangesWithTheBlankLineOnly() throws {
        var parser = SSEParser()
        _ = try self.parse([Array("id: 1\n\nid: 2\n".utf8)], with: &parser)
        #expect(parser.lastEventID == "1")
        _ = try self.parse([Array("\n".utf8)], with: &parser)
        #expect(parser.lastEventID == "2")
    }

    @Test func anIDWithNULIsIgnored() throws {
        #expect(try self.parse("id: 1\nid: 2\u{0}\ndata: a\n\n") == [Seen("a", id: "1")])
        #expect(try self.parse("id: \u{0}\ndata: a\n\n") == [Seen("a")])
        #expect(try self.parse("event: \u{0}\ndata: \u{0}\n\n") == [Seen(event: "\u{0}", "\u{0}")])
    }

    @Test(
        arguments: [
            ("retry: 3000", 3000), ("retry:0", 0), ("retry: 007", 7), ("retry:", nil), ("retry", nil), ("retry: -1", nil), ("retry: +1", nil),
            ("retry: 1.5", nil), ("retry: 1 ", nil), ("retry:  1", nil), ("retry: 1s", nil), ("retry: 0x1", nil), ("retry: \u{661}", nil),
            ("retry: 99999999999999999999999", nil), ("Retry: 1", nil),
        ] as [(String, Int?)]
    )
    func retryTakesDigitsOnly(_ line: String, value: Int?) throws {
        var parser = SSEParser()
        #expect(try self.parse([Array("\(line)\n".utf8)], with: &parser).isEmpty)
        #expect(parser.retry == value)
        _ = try self.parse([Array("retry: 5\n\(line)\n".utf8)], with: &parser)
        #expect(parser.retry == value ?? 5)
    }

    @Test func theChannelBelongsToItsEvent() throws {
        #expect(try self.parse("channel: c\ndata: a\n\ndata: b\n\n") == [Seen("a", channel: "c"), Seen("b")])
        #expect(try self.parse("channel: c\n\ndata: b\n\n") == [Seen("b")])
    }

    @Test(
        arguments: [
            ([0xff], "\u{fffd}"),
            ([0xe2, 0x82], "\u{fffd}"),
            ([0xf0, 0x90, 0x80], "\u{fffd}"),
            ([0xc0, 0x80], "\u{fffd}\u{fffd}"),
            ([0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}"),
            ([0xf5, 0x80, 0x80, 0x80], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            ([0xe2, 0x82, 0x41], "\u{fffd}A"),
            ([0x80], "\u{fffd}"),
        ] as [([UInt8], String)]
    )
    func malformedUTF8IsReplaced(_ bytes: [UInt8], text: String) throws {
        var parser = SSEParser()
        let stream = Array("event: ".utf8) + bytes + Array("\nid: ".utf8) + bytes + Array("\ndata: ".utf8) + bytes + Array("\n\n".utf8)
        #expect(try self.parse([stream], with: &parser) == [Seen(event: text, text, id: text)])
    }

    // MARK: Pieces

    /// Streams with everything in them that a cut could separate.
    private static let corpus: [[UInt8]] =
        [
            "\u{feff}event: e\r\nid: 1\r\nretry: 10\r\nchannel: c\r\ndata: a\r\ndata: b\r\n\r\n: note\r\n\r\ndata: c\r\n\r\n",
            "data: a\r\rdata: b\r\r\r\ndata: c\n\r\ndata\n\n",
            "data: 👋🇩🇪\u{2028}é\n\nid: \u{0}\ndata:  x\n\n\u{feff}data: y\n\ndata: rest",
            "\r\n\r\n\n\n\r\rdata:\n\n:\n\nevent\ndata: \u{feff}\n\n",
        ].map { Array($0.utf8) } + [
            Array("data: ".utf8) + [0xe2, 0x82, 0x0a, 0x82, 0x3a, 0x0a, 0xff, 0xfe, 0x0d] + Array("data: z\n\n".utf8),
            [0xef, 0xbb] + Array("data: a\n\ndata: b\n\n".utf8),
        ]

    @Test(arguments: Self.corpus)
    func itDoesNotMatterWhereAStreamIsCut(_ stream: [UInt8]) throws {
        var whole = SSEParser()
        let expected = try self.parse([stream], with: &whole)
        for first in 0...stream.count {
            for second in first...stream.count {
                var parser = SSEParser()
                let pieces = [Array(stream[..<first]), Array(stream[first..<second]), Array(stream[second...])]
                #expect(try self.parse(pieces, with: &parser) == expected)
                #expect(parser.lastEventID == whole.lastEventID)
                #expect(parser.retry == whole.retry)
            }
        }
        var parser = SSEParser()
        #expect(try self.parse(stream.map { [$0] }, with: &parser) == expected)
    }

    @Test func anEventIsGivenAsSoonAsItIsComplete() throws {
        var parser = SSEParser()
        #expect(try self.parse([Array("data: a\r\n\r".utf8)], with: &parser) == [Seen("a")])
        #expect(try self.parse([Array("\ndata: b\r".utf8)], with: &parser).isEmpty)
        #expect(try self.parse([Array("\n".utf8)], with: &parser).isEmpty)
        #expect(try self.parse([Array("\n".utf8)], with: &parser) == [Seen("b")])
    }
}
