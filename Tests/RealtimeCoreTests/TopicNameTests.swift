//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct TopicNameTests {
    @Test(arguments: [
        "a", "posts", "users/5", "a b", " a ", "/", "//", "posts.*", "ÄÖÜ", "日本語", "👩‍👩‍👧", "e\u{301}", "\u{a0}", "\u{feff}", "\u{2028}", "~", "!",
        "\u{c0}\u{d8}\u{df}",
    ])
    func textWithoutControlCharactersIsAccepted(_ name: String) throws {
        #expect(TopicName.isValid(name))
        try TopicName.validate(name)
    }

    @Test func everyControlCharacterIsRefusedWhereverItStands() throws {
        for code in (0 as UInt32..<0x100) {
            let scalar = try #require(Unicode.Scalar(code))
            let isControl = code < 0x20 || (0x7f...0x9f).contains(code)
            for name in ["\(scalar)", "a\(scalar)", "\(scalar)a", "a\(scalar)a", "é\(scalar)é"] {
                #expect(TopicName.isValid(name) == !isControl, "U+\(String(code, radix: 16))")
            }
        }
    }

    @Test func lastBytesThatOnlyLookLikeC1AreAccepted() {
        // U+0100 to U+07FF have the same second bytes behind other first bytes.
        for code in 0x100 as UInt32..<0x800 {
            guard let scalar = Unicode.Scalar(code) else { continue }
            #expect(TopicName.isValid(String(Character(scalar))))
        }
    }

    @Test func lengthIsCountedInBytesOfUTF8() {
        #expect(TopicName.isValid(String(repeating: "a", count: 255)))
        #expect(!TopicName.isValid(String(repeating: "a", count: 256)))
        #expect(TopicName.isValid(String(repeating: "é", count: 127)))
        #expect(!TopicName.isValid(String(repeating: "é", count: 128)))
        #expect(TopicName.isValid("abcd", maxLength: 4))
        #expect(!TopicName.isValid("abcde", maxLength: 4))
    }

    @Test(arguments: [
        ("", "the name is empty"),
        (String(repeating: "a", count: 300), "the name has 300 bytes"),
        ("a\nb", "the name holds a control character"),
        ("a\u{85}", "the name holds a control character"),
    ])
    func theErrorSaysWhatIsWrongAndWhatIsAccepted(_ name: String, problem: String) {
        #expect(throws: RealtimeError(.invalidName, "\(problem); a name is 1 to 255 bytes of UTF-8 without control characters")) {
            try TopicName.validate(name)
        }
    }

    @Test func theErrorNamesTheLimitInForce() {
        #expect(throws: RealtimeError(.invalidName, "the name has 5 bytes; a name is 1 to 4 bytes of UTF-8 without control characters")) {
            try TopicName.validate("abcde", maxLength: 4)
        }
    }
}
