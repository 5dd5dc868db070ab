//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct JSONScannerMemberTests {
    struct Seen: Equatable, Sendable {
        var key: String
        var value: String

        init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// The object's text and its members' as they are written, or `nil` for what is no object.
    private func members(_ text: String) throws -> (object: String, members: [Seen])? {
        try Array(text.utf8).withUnsafeBytes { bytes in
            let piece = { (range: Range<Int>) in String(decoding: bytes[range], as: UTF8.self) }
            var seen: [Seen] = []
            guard let object = try JSONScanner.members(of: bytes, { seen.append(Seen(piece($0.key), piece($0.value))) }) else { return nil }
            return (piece(object), seen)
        }
    }

    @Test(
        arguments: [
            ("{}", []),
            (" { } ", []),
            (#"{"a":1}"#, [Seen(#""a""#, "1")]),
            (#"{"a":1,"b":"x","c":null}"#, [Seen(#""a""#, "1"), Seen(#""b""#, #""x""#), Seen(#""c""#, "null")]),
            (#"{"":""}"#, [Seen(#""""#, #""""#)]),
            (" {\t\"a\" \n: [ 1 , { } ] ,\r\"b\" : { \"a\" : 1 } }\n", [Seen(#""a""#, "[ 1 , { } ]"), Seen(#""b""#, #"{ "a" : 1 }"#)]),
            (#"{"a":1,"a":[2],"a":{"a":3}}"#, [Seen(#""a""#, "1"), Seen(#""a""#, "[2]"), Seen(#""a""#, #"{"a":3}"#)]),
            (#"{"\u0061\"":"\u0062\"}"}"#, [Seen(#""\u0061\"""#, #""\u0062\"}""#)]),
            (#"{"n":-0.10e+007}"#, [Seen(#""n""#, "-0.10e+007")]),
            (#"{"é":"漢\ud800"}"#, [Seen(#""é""#, #""漢\ud800""#)]),
        ] as [(String, [Seen])]
    )
    func membersAreToldInTheirOrderAsTheyAreWritten(_ text: String, expected: [Seen]) throws {
        let (object, members) = try #require(try self.members(text))
        #expect(members == expected)
        #expect(object.first == "{" && object.last == "}" && text.contains(object))
    }

    /// What is forwarded is what came, to the byte.
    @Test func bigNumbersAndOddSpellingsStayAsTheyAre() throws {
        let values = [
            "123456789012345678901234567890123456789012345678901234567890", "-0", "1E400", "1.000000000000000000000000000000000000000000001",
            #""\/\u002f\u00e9é""#, "[ 1,\t2 ]", #"{ "z" :1, "a": 2,"z":3 }"#,
        ]
        for value in values {
            #expect(try self.members("{\"payload\" : \(value)\n}")?.members == [Seen(#""payload""#, value)])
        }
    }

    @Test(arguments: ["[]", " [{}]", "1", "null", #""{}""#, "x", "}", "[[[", "\u{feff}{}"])
    func whatIsNoObjectHasNoMembers(_ text: String) throws {
        #expect(try self.members(text) == nil)
    }

    @Test(arguments: [
        ("", 0), (" ", 1), ("{", 1), (#"{"a":1"#, 6), (#"{"a":1,}"#, 7), (#"{"a":1}}"#, 7), (#"{"a":1} x"#, 8), (#"{"a":1 "b":2}"#, 7),
        (#"{,"a":1}"#, 1),
        (#"{"a":}"#, 5), (#"{"a":[1}]}"#, 7), (#"{"a":1,"b":{"c":tru}}"#, 19), (#"{"a"}"#, 4), ("{}{}", 2), ("{]", 1), (#"{"a":1]"#, 6),
    ])
    func anObjectIsHeldToTheSameGrammar(_ text: String, offset: Int) {
        #expect(throws: JSONProblem.malformed(offset: offset)) { try self.members(text) }
        #expect(throws: JSONProblem.malformed(offset: offset)) { try Array(text.utf8).withUnsafeBytes { try JSONScanner.validate($0) } }
    }

    @Test func bothWaysThroughAnObjectAgree() {
        var documents = JSONDocuments(seed: 21)
        for _ in 0..<3000 {
            let object = documents.object()
            let bytes = documents.generator.oneIn(4) ? Array(object.utf8) : documents.mutation(of: object)
            bytes.withUnsafeBytes { bytes in
                let validated = Result { try JSONScanner.validate(bytes, maxDepth: 3) }
                let walked = Result { try JSONScanner.members(of: bytes, maxDepth: 3) { _ in } }
                switch (validated, walked) {
                case (.success(let range), .success(let object)):
                    #expect(object == range || object == nil)
                case (.failure(let left), .failure(let right)):
                    #expect(left as? JSONProblem == right as? JSONProblem)
                case (.failure, .success(let object)):
                    // It begins as something else.
                    #expect(object == nil)
                case (.success, .failure):
                    Issue.record("only the members are refused: \(String(decoding: bytes, as: UTF8.self))")
                }
            }
        }
    }
}
