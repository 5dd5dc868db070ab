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

/// What keeps a parser's memory bounded.
@Suite struct SSEParserLimitTests {
    private func parse(_ text: String, limit: Int) throws -> [String] {
        var parser = SSEParser(maxEventSize: limit)
        return try parser.parse(ByteBuffer(string: text)).map(\.data)
    }

    private func line(_ limit: Int) -> RealtimeError {
        RealtimeError(.tooLarge, "a line of the event stream is longer than \(limit) bytes")
    }

    private func event(_ limit: Int) -> RealtimeError {
        RealtimeError(.tooLarge, "an event of the event stream is longer than \(limit) bytes")
    }

    @Test func theLongestLineIsAccepted() throws {
        #expect(try self.parse("data: 3456789\n\n", limit: 13) == ["3456789"])
        #expect(throws: self.line(12)) { try self.parse("data: 3456789\n\n", limit: 12) }
    }

    @Test(arguments: [":xxxxxxxxxx", "event: xxxx", "id: xxxxxxx", "xxxxxxxxxxx", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"])
    func everyKindOfLineIsLimited(_ line: String) {
        #expect(throws: self.line(10)) { try self.parse(line, limit: 10) }
    }

    @Test func aLineIsLimitedAcrossPieces() throws {
        var parser = SSEParser(maxEventSize: 10)
        for _ in 0..<10 { #expect(try parser.parse(ByteBuffer(string: "x")).isEmpty) }
        #expect(throws: self.line(10)) { try parser.parse(ByteBuffer(string: "x")) }
    }

    @Test func theLongestEventIsAccepted() throws {
        // Ten bytes and ten bytes, joined by LF.
        let text = "data:0123456789\ndata:0123456789\n\n"
        #expect(try self.parse(text, limit: 22) == ["0123456789\n0123456789"])
        let events = try self.parse(text, limit: 21)
        #expect(events == ["0123456789\n0123456789"])
        #expect(throws: self.event(20)) { try self.parse(text, limit: 20) }
    }

    @Test func emptyDataLinesCountToo() {
        #expect(throws: self.event(10)) { try self.parse(String(repeating: "data\n", count: 20), limit: 10) }
    }

    @Test func everyEventHasTheWholeLimit() throws {
        let text = String(repeating: "data: 0123456789\n\n", count: 100)
        #expect(try self.parse(text, limit: 16).count == 100)
    }

    @Test func aLimitBelowOneIsOne() {
        #expect(SSEParser(maxEventSize: 0).maxEventSize == 1)
        #expect(SSEParser(maxEventSize: -5).maxEventSize == 1)
        #expect(SSEParser().maxEventSize == 1 << 20)
    }
}
