//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

/// The grammar of RFC 8259, and that nothing but it is taken.
@Suite struct JSONScannerTests {
    @discardableResult
    private func scan(_ bytes: some Sequence<UInt8>, maxDepth: Int = JSONScanner.defaultMaxDepth) throws -> Range<Int> {
        try Array(bytes).withUnsafeBytes { try JSONScanner.validate($0, maxDepth: maxDepth) }
    }

    private func accepts(_ bytes: some Sequence<UInt8>, maxDepth: Int = JSONScanner.defaultMaxDepth) -> Bool {
        (try? self.scan(bytes, maxDepth: maxDepth)) != nil
    }

    // MARK: Tables

    @Test(arguments: [
        // Literals and empty things
        "true", "false", "null", "[]", "{}", #""""#, "[[]]", "[{}]", #"{"":{}}"#, #"{"a":[]}"#, "[null,true,false]",
        // Numbers
        "0", "-0", "1", "-1", "9", "10", "1234567890", "0.0", "0.5", "-0.000", "1.50", "0e0", "0E+1", "1e-7", "12.25E-007", "1e999", "-1e-999",
        "123456789012345678901234567890.5", "[0,-0.0,0e00]",
        // Strings
        #""a""#, #"" ""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e4\u00E4""#, #""\uD83D\uDE00""#, #""\ud800""#, #""\udc00\ud800""#,
        #""\uFFFF""#, "\"\u{7f}\"", "\"\u{80}\u{9f}\"", "\"\u{2028}\u{2029}\"", "\"\u{feff}\"", "\"é漢😀\u{10ffff}\"", #""{[,:]}""#, #""//""#,
        // Whitespace
        " 1", "1 ", "\t\r\n 1 \n\r\t", " [ ] ", " { } ", " [ 1 , 2 ] ", "\n{ \"a\" : 1 ,\r\"b\"\t:\t2 }\n",
        // Nesting and repetition
        #"[1,[2,[3,{"a":{"b":[{}]}}],4],5]"#, #"{"a":1,"a":2}"#, #"{"a":{"a":{"a":1},"b":2},"c":[3]}"#, #"[[],[],{},{},"",0]"#,
    ])
    func whatRFC8259AllowsIsAccepted(_ text: String) throws {
        let whitespace = Set(" \t\r\n".utf8)
        let bytes = Array(text.utf8)
        let value = try self.scan(bytes)
        #expect(bytes[..<value.lowerBound].allSatisfy { whitespace.contains($0) })
        #expect(bytes[value.upperBound...].allSatisfy { whitespace.contains($0) })
        #expect(!whitespace.contains(bytes[value.lowerBound]) && !whitespace.contains(bytes[value.upperBound - 1]))
    }

    @Test(arguments: [
        // Nothing, or more than one thing
        "", " ", "\n", "1 2", "1,2", "[] []", "{}{}", "{}x", "nullnull", "true false", "\"\"\"\"", "[1]]", "{}}", "1\u{0}", "[]\u{0}", "[]//", ",",
        // Literals
        "nul", "nulll", "Null", "NULL", "tru", "truE", "fals", "falsey", "nan", "NaN", "Infinity", "-Infinity", "undefined", "t", "n", "f", "yes",
        // Numbers
        "-", "+1", "--1", "-a", "01", "-01", "00", "1.", ".1", "-.1", "1.e1", "1e", "1e+", "1E-", "1e1.5", "1.5.5", "0x10", "1_000", "1,000", "1a",
        "1e1e1", "٣", "１", "[1.]", "[-]", "[01]", "0 1", "- 1", "1 .5",
        // Strings
        "\"", "\"a", "a\"", "'a'", "a", "\"\\\"", #""\x""#, #""\a""#, #""\0""#, #""\'""#, #""\u""#, #""\u1""#, #""\u12""#, #""\u123""#, #""\u123g""#,
        #""\u-123""#, #""\u 123""#, #""\U0041""#, #""\u{41}""#, "\"\\", "\"\n\"", "\"\t\"", "\"\r\"", "\"\u{0}\"", "\"\u{1f}\"", "\"\\\n\"", "“a”",
        // Arrays
        "[", "]", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[1;2]", "[1}", "[\"a\"", "[\"a", "[[]", "[]]", "[}", "[{]}",
        "[1,[2]", "[\"a\":1]", "(1)", "[*]",
        // Objects
        "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", #"{"a":1,}"#, "{,}", #"{,"a":1}"#, #"{"a":1,,"b":2}"#, #"{"a" 1}"#, #"{"a":}"#,
        #"{:1}"#, "{1:1}", "{null:1}", "{a:1}", "{'a':1}", #"{"a"}"#, #"{"a","b"}"#, #"{"a":1 "b":2}"#, #"{"a":1;"b":2}"#, #"{"a"::1}"#,
        #"{"a":1]"#, #"{"a":[}"#, #"{"a":[1}]"#, #"{"a":{]}"#, #"{"a":1,2}"#, #"{"a":1,"b"}"#, #"{["a"]:1}"#, #"{"a"=1}"#, #"{"\q":1}"#,
        // Whitespace and comments that are not JSON's
        "\u{b}1", "\u{c}1", "1\u{c}", "\u{a0}1", "[\u{a0}]", "[1\u{2028}]", "\u{feff}1", "\u{feff}{}", "[1,\u{b}2]", "/* */1", "1//", "[1,/**/2]",
        "#\n1",
    ])
    func anythingElseIsRefused(_ text: String) {
        #expect(!self.accepts(text.utf8))
    }

    @Test(arguments: [
        ("", 0), ("  ", 2), ("x", 0), ("[1,]", 3), ("[1 2]", 3), (#"{"a":1,}"#, 7), (#"{"a" 1}"#, 5), ("1 2", 2), ("01", 1), ("-x", 1), ("1.x", 2),
        ("1ex", 2), ("trUe", 2), (#""\x""#, 2), (#""\u12x4""#, 5), ("\"ab\ncd\"", 3), ("\"abcdefghijk\u{1}\"", 12), ("[1}", 2), ("{1}", 1), ("[", 1),
        (#"{"a":"#, 5), (#"["a"#, 3), ("[]\u{0}", 2), ("{} {}", 3),
    ])
    func aProblemSaysWhereItIs(_ text: String, offset: Int) {
        #expect(throws: JSONProblem.malformed(offset: offset)) { try self.scan(text.utf8) }
    }

    // MARK: Every byte

    @Test func everyByteIsJudgedWhereverItStands() {
        let digits = Set("0123456789".utf8)
        let hexDigits = Set("0123456789abcdefABCDEF".utf8)
        let whitespace = Set(" \t\r\n".utf8)
        for byte in UInt8.min...UInt8.max {
            let isPlain = byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            #expect(self.accepts([byte]) == digits.contains(byte))
            #expect(self.accepts(Array("[".utf8) + [byte] + Array("]".utf8)) == (digits.contains(byte) || whitespace.contains(byte)))
            #expect(self.accepts(Array("{}".utf8) + [byte]) == whitespace.contains(byte))
            #expect(self.accepts(Array("\"\\".utf8) + [byte] + Array("\"".utf8)) == Set("\"\\/bfnrt".utf8).contains(byte), "escape \(byte)")
            #expect(self.accepts(Array("1".utf8) + [byte] + Array("2".utf8)) == (digits.contains(byte) || Set(".eE".utf8).contains(byte)))
            for position in 0..<4 {
                var escape = Array(#""\u0000""#.utf8)
                escape[3 + position] = byte
                #expect(self.accepts(escape) == hexDigits.contains(byte))
            }
            for position in 0..<20 {
                var string = Array("\"--------------------\"".utf8)
                string[1 + position] = byte
                // A quotation mark ends it early, and a backslash before the last `-` or the end escapes what must not be.
                #expect(self.accepts(string) == isPlain, "byte \(byte) at \(position)")
            }
        }
    }

    /// Neighbours of the bytes that end a run, in all lanes of a word: borrows of the arithmetic must not reach them.
    @Test func theFirstByteThatCannotStandInAStringIsFound() throws {
        let alphabet: [UInt8] = [0x00, 0x01, 0x1f, 0x22, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0x9f, 0xa0, 0xa2, 0xdc, 0xff]
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<5000 {
            // Few of those that end it, so that they come late too.
            // Those that end it are few, so that they come late too.
            var content = (0..<generator.number(0..<40)).map { _ in alphabet[generator.number((generator.oneIn(30) ? 0 : 4)..<alphabet.count)] }
            let end = content.firstIndex { $0 < 0x20 || $0 == 0x22 }
            if let end, content[end] == 0x22 {
                content.removeSubrange((end + 1)...)
                #expect(try self.scan([0x22] + content) == 0..<(end + 2))
            } else {
                #expect(throws: JSONProblem.malformed(offset: 1 + (end ?? content.count))) { try self.scan([0x22] + content) }
            }
        }
    }
}
