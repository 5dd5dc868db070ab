//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RealtimeCore
import Testing

@Suite struct ConnectionIDTests {
    @Test func isWrittenAs32LowercaseHexadecimalDigits() {
        for _ in 0..<100 {
            let text = ConnectionID().description
            #expect(text.utf8.count == 32)
            #expect(text.allSatisfy { "0123456789abcdef".contains($0) })
        }
    }

    @Test func newIDsDiffer() {
        let ids = Set((0..<10_000).map { _ in ConnectionID() })
        #expect(ids.count == 10_000)
    }

    @Test func readsBackWhatItWrites() throws {
        for _ in 0..<100 {
            let id = ConnectionID()
            #expect(ConnectionID(id.description) == id)
        }
        for text in ["00000000000000000000000000000000", "ffffffffffffffffffffffffffffffff", "0123456789abcdeffedcba9876543210"] {
            #expect(try #require(ConnectionID(text)).description == text)
        }
    }

    @Test(arguments: [
        "",
        "0",
        "0123456789abcdef0123456789abcde",
        "0123456789abcdef0123456789abcdef0",
        "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdeg0123456789abcdef",
        "0123456789abcdef-123456789abcdef",
        " 123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcde\n",
        "+123456789abcdef0123456789abcdef",
        "0123456789abcde\u{e9}0123456789abcd",
        "\u{ff10}123456789abcdef0123456789abc",
    ])
    func refusesAnythingElse(_ text: String) {
        #expect(ConnectionID(text) == nil)
    }

    @Test func travelsThroughJSONAsAString() throws {
        let id = ConnectionID()
        let json = try JSONEncoder().encode([id])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([ConnectionID].self, from: json) == [id])
    }

    @Test(arguments: ["[\"\"]", "[\"0123456789ABCDEF0123456789ABCDEF\"]", "[7]", "[null]"])
    func decodingAnythingElseThrows(_ json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([ConnectionID].self, from: Data(json.utf8))
        }
    }
}
