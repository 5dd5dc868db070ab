//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit
import Testing

/// `Cookie`, as browsers and others write it.
@Suite struct CookieFieldTests {
    @Test(
        arguments: [
            (["a=1"], ["1"]),
            (["b=2; a=1"], ["1"]),
            (["b=2;a=1;c=3"], ["1"]),
            ([" \t a \t = \t 1 \t ; b=2"], ["1"]),
            (["a=\"1\""], ["1"]),
            (["a=\"1 2\""], ["1 2"]),
            (["a=\""], ["\""]),
            (["a=\"\""], [""]),
            (["a=\"1"], ["\"1"]),
            (["a=1\""], ["1\""]),
            (["a="], [""]),
            (["a=1=2=="], ["1=2=="]),
            (["a=1; a=2; b=3; a=1"], ["1", "2", "1"]),
            (["a=1", "b=2", "a=3"], ["1", "3"]),
            (["a=1;", ";", "; ;a=2", ""], ["1", "2"]),
            (["a=1, a=2"], ["1, a=2"]),
            (["a=\u{e4}"], ["\u{e4}"]),
            (["a=\u{301}x; a=\u{301}"], ["\u{301}x", "\u{301}"]),
            (["b=1;\u{301}a=2"], []),
        ] as [([String], [String])]
    )
    func theValuesOfANameAreReadInOrder(fields: [String], values: [String]) {
        #expect(CookieField.values(of: "a", in: fields).map { Array($0.utf8) } == values.map { Array($0.utf8) })
    }

    @Test(arguments: ["A=1", "aa=1", "xa=1", "a.b=1", "a b=1", "a", "=1", "b=a=1", "a\u{301}=1", "$a=1", "\"a\"=1", "__Host-a=1", "a%3D1", ""])
    func aSimilarNameIsAnother(_ field: String) {
        #expect(CookieField.values(of: "a", in: [field]).isEmpty)
    }

    @Test func aNameMayHaveAPrefix() {
        #expect(CookieField.values(of: "__Host-session", in: ["session=1; __Host-session=2; __host-session=3"]) == ["2"])
    }

    @Test func manyCookiesAreRead() {
        let field = (0..<2000).map { "c\($0)=\($0)" }.joined(separator: "; ")
        #expect(CookieField.values(of: "c1999", in: [field]) == ["1999"])
    }
}
