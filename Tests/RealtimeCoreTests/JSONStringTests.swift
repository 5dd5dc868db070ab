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

/// What escapes mean (RFC 8259 §7), and what is written with them.
@Suite struct JSONStringTests {
    /// A text as JSON.
    static func written(_ text: String) -> String {
        var buffer = ByteBuffer()
        JSONString.write(text, into: &buffer)
        return String(buffer: buffer)
    }

    private func decode(_ raw: String) -> String? {
        Array(raw.utf8).withUnsafeBytes { JSONString.decode(0..<$0.count, in: $0) }
    }

    private func equals(_ text: StaticString, _ raw: String) -> Bool {
        // Among other text, which is not looked at.
        let bytes = Array(#"type\u0041"#.utf8) + Array(raw.utf8) + Array(#"e\u0041"room"#.utf8)
        return bytes.withUnsafeBytes { JSONString.equals(text, 10..<(10 + raw.utf8.count), in: $0) }
    }

    // MARK: Reading

    @Test(arguments: [
        (#""""#, ""), (#""a""#, "a"), (#""hello, world""#, "hello, world"), (#""é漢😀""#, "é漢😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (#""\u0000""#, "\u{0}"), (#""\u0041\u00e4\u00E4""#, "Aää"), (#""\uD83D\uDE00""#, "😀"), (#""\ud83d\ude00\ud83d\ude01""#, "😀😁"),
        (#""\uD800\uDC00\udbff\udfff""#, "\u{10000}\u{10ffff}"), (#""\ud7ff\ue000\uffff""#, "\u{d7ff}\u{e000}\u{ffff}"),
        (#""\\u0041""#, #"\u0041"#), (#""x\ny and a longer text\tz""#, "x\ny and a longer text\tz"), (#""\u2028\u2029""#, "\u{2028}\u{2029}"),
        (#""\u00e9\u0301é""#, "\u{e9}\u{301}é"), (#""a text of more than fifteen bytes""#, "a text of more than fifteen bytes"),
    ])
    func stringsAreDecoded(_ raw: String, text: String) {
        // Byte for byte: Swift holds canonically equivalent texts for equal.
        #expect(self.decode(raw).map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(arguments: [
        #""\ud800""#, #""\udc00""#, #""\udbff""#, #""\udfff""#, #""a\ud83d""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\\ude00""#, #""\ud83d\u0041""#,
        #""\ud83d\ud83d\ude00""#, #""\ude00\ud83d""#, #""\ud83d\ude00\ude00""#, #""\uD83D\uDBFF""#, #""before \ud800 and behind""#,
    ])
    func halfASurrogatePairIsNoText(_ raw: String) {
        #expect(self.decode(raw) == nil)
    }

    @Test(arguments: ["1", "-1", "null", "true", "{}", "[]", #"["a"]"#, "", "\""])
    func otherValuesAreNoText(_ raw: String) {
        #expect(self.decode(raw) == nil)
        #expect(!self.equals("", raw))
    }

    @Test func bytesThatAreNotUTF8AreRepaired() {
        #expect(([0x22, 0xff, 0x41, 0x22] as [UInt8]).withUnsafeBytes { JSONString.decode(0..<4, in: $0) } == "\u{fffd}A")
        #expect(([0x22, 0x5c, 0x6e, 0xc3, 0x22] as [UInt8]).withUnsafeBytes { JSONString.decode(0..<5, in: $0) } == "\n\u{fffd}")
    }

    // MARK: Comparing

    @Test(arguments: [
        #""type""#, #""ty\u0070e""#, #""\u0074\u0079\u0070\u0065""#, #""t\u0079pe""#, #""typ\u0065""#, #""\u0074ype""#,
    ])
    func everySpellingOfATextIsEqualToIt(_ raw: String) {
        #expect(self.equals("type", raw))
    }

    @Test(arguments: [
        #""""#, #""t""#, #""typ""#, #""types""#, #""Type""#, #""typE""#, #""tyqe""#, #"" type""#, #""type ""#, #""type\u0000""#, #""typ\u0045""#,
        #""\\u0074ype""#, #""\type""#, #""ty\npe""#, #""typ\ud800""#, #""\ud83d\ude00""#, #""ty\u0070""#, #""ty\u0070es""#, #""ty\u0170e""#,
        #""\u0074\u0079\u0070""#, #""\u0074\u0079\u0070\u0065\u0065""#, "type", "1234", "[\"type\"]", "null", #""tÿpe""#, #""typ\""#,
    ])
    func anythingElseIsDifferent(_ raw: String) {
        #expect(!self.equals("type", raw))
    }

    @Test func shortEscapesAreComparedToo() {
        #expect(self.equals("a/b", #""a\/b""#))
        #expect(self.equals("a\nb", #""a\nb""#))
        #expect(self.equals("a\nb", #""a\u000Ab""#))
        #expect(self.equals("", #""""#))
        #expect(!self.equals("", #""a""#))
    }

    // MARK: Writing

    @Test(arguments: [
        ("", #""""#), ("a", #""a""#), ("posts", #""posts""#), ("a\"b", #""a\"b""#), ("\\", #""\\""#), ("\"\"", #""\"\"""#), ("a/b", #""a/b""#),
        ("\n", #""\u000a""#), ("\t\r", #""\u0009\u000d""#), ("\u{0}", #""\u0000""#), ("\u{f}\u{10}\u{1f}", #""\u000f\u0010\u001f""#),
        ("\u{7f}", "\"\u{7f}\""),
        ("é漢😀", #""é漢😀""#), ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""), ("<script>&'", #""<script>&'""#),
        ("a text that is long, \"quoted\" and long", #""a text that is long, \"quoted\" and long""#),
        ("long enough for words\n", #""long enough for words\u000a""#), ("\nlong enough for words", #""\u000along enough for words""#),
    ])
    func onlyWhatMustBeIsEscaped(_ text: String, json: String) {
        #expect(Array(Self.written(text).utf8) == Array(json.utf8))
    }

    @Test func whatStandsInTheBufferStays() {
        var buffer = ByteBuffer(string: "[")
        JSONString.write("a", into: &buffer)
        buffer.writeString(",")
        JSONString.write(String(repeating: "\u{1}", count: 1000), into: &buffer)
        buffer.writeString("]")
        #expect(String(buffer: buffer) == #"["a",""# + String(repeating: #"\u0001"#, count: 1000) + #""]"#)
    }

    /// Byte by byte, with nothing clever.
    private func model(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                json += "\\"
                json.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default:
                json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }

    @Test func randomTextsAreWrittenAsTheModelDoesAndReadAsTheyWere() {
        let alphabet = Array("\u{0}\u{1}\n\u{1f} !\"#[\\]a\u{7f}\u{80}\u{a2}é漢😀".unicodeScalars)
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<2000 {
            let usual = generator.oneIn(2)
            let scalars = (0..<generator.number(0..<40)).map { _ in
                usual && !generator.oneIn(12) ? "x" : alphabet[generator.number(0..<alphabet.count)]
            }
            let text = String(String.UnicodeScalarView(scalars))
            let json = Self.written(text)
            #expect(Array(json.utf8) == Array(self.model(text).utf8))
            #expect(self.decode(json).map { Array($0.utf8) } == Array(text.utf8))
        }
    }
}
