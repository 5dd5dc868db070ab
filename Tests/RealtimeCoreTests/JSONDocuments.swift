//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Random JSON texts, and what hostile hands make of them.
struct JSONDocuments {
    var generator: SeededGenerator

    init(seed: UInt64) {
        self.generator = SeededGenerator(seed: seed)
    }

    /// A valid text.
    mutating func document() -> String {
        self.whitespace() + self.value(levels: 5) + self.whitespace()
    }

    /// A valid text that is an object.
    mutating func object() -> String {
        self.whitespace() + self.object(levels: 4) + self.whitespace()
    }

    /// A few changes to a text, most of which make it invalid.
    mutating func mutation(of text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<self.generator.number(1..<4) {
            let position = self.generator.number(0..<(bytes.count + 1))
            switch self.generator.number(0..<6) {
            case 0 where position < bytes.count:
                bytes.remove(at: position)
            case 1 where position < bytes.count:
                bytes[position] = self.byte()
            case 2:
                let end = min(bytes.count, position + self.generator.number(0..<8))
                bytes.insert(contentsOf: bytes[position..<end], at: self.generator.number(0..<(bytes.count + 1)))
            case 3 where self.generator.oneIn(4):
                bytes.removeSubrange(position...)
            case 4 where bytes.count > 1:
                bytes.swapAt(self.generator.number(0..<bytes.count), self.generator.number(0..<bytes.count))
            default:
                bytes.insert(self.byte(), at: position)
            }
        }
        return bytes
    }

    /// A byte, mostly one that means something in JSON.
    private mutating func byte() -> UInt8 {
        let alphabet = Array("{}[]:,\"\\/ \t\r\n-+.0123456789eEabfnrtuldsx'\u{0}\u{1}\u{c}\u{1f}\u{7f}".utf8)
        return self.generator.oneIn(8) ? UInt8(self.generator.number(0..<256)) : alphabet[self.generator.number(0..<alphabet.count)]
    }

    private mutating func pick(_ choices: [String]) -> String { choices[self.generator.number(0..<choices.count)] }

    private mutating func whitespace() -> String {
        self.generator.oneIn(3) ? self.pick([" ", "\n", "\t", "\r\n", "  \t "]) : ""
    }

    private mutating func value(levels: Int) -> String {
        switch self.generator.number(0..<(levels > 0 ? 8 : 5)) {
        case 0, 1: self.string()
        case 2, 3: self.number()
        case 4: self.pick(["true", "false", "null"])
        case 5: self.array(levels: levels - 1)
        default: self.object(levels: levels - 1)
        }
    }

    private mutating func array(levels: Int) -> String {
        var text = "[" + self.whitespace()
        for index in 0..<self.generator.number(0..<4) {
            text += (index > 0 ? "," : "") + self.whitespace() + self.value(levels: levels) + self.whitespace()
        }
        return text + "]"
    }

    private mutating func object(levels: Int) -> String {
        var text = "{" + self.whitespace()
        for index in 0..<self.generator.number(0..<5) {
            text += (index > 0 ? "," : "") + self.whitespace() + self.string() + self.whitespace() + ":"
            text += self.whitespace() + self.value(levels: levels) + self.whitespace()
        }
        return text + "}"
    }

    private mutating func number() -> String {
        let fraction = self.generator.oneIn(3) ? "." + self.pick(["0", "5", "00", "125"]) : ""
        let exponent = self.generator.oneIn(3) ? self.pick(["e", "E"]) + self.pick(["", "+", "-"]) + self.pick(["0", "00", "7", "12"]) : ""
        return self.pick(["", "-"]) + self.pick(["0", "1", "12", "907", "18446744073709551616"]) + fraction + exponent
    }

    private mutating func string() -> String {
        var text = "\""
        for _ in 0..<self.generator.number(0..<6) {
            text += self.pick([
                "a", "id", "type", "hello, world of strings", "\u{7f}", "ä", "e\u{301}", "\u{2028}", "漢字", "😀", "{", "]", ",", ":", "'",
                #"\""#, #"\\"#, #"\/"#, #"\b"#, #"\f"#, #"\n"#, #"\r"#, #"\t"#, #"\u0000"#, #"\u0061"#, #"\u00E4"#, #"\u2028"#, #"\ud83d\ude00"#,
            ])
        }
        return text + "\""
    }
}
