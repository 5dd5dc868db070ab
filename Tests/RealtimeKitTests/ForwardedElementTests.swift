//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@testable import RealtimeKit

@Suite struct ForwardedElementTests {
    // The examples of RFC 7239 §4 and the corners of its grammar.
    @Test(
        arguments: [
            ("for=\"_gazonk\"", [.init(node: "_gazonk")]),
            ("For=\"[2001:db8:cafe::17]:4711\"", [.init(node: "[2001:db8:cafe::17]:4711")]),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", [.init(node: "192.0.2.60", proto: "http")]),
            ("for=192.0.2.43, for=198.51.100.17", [.init(node: "192.0.2.43"), .init(node: "198.51.100.17")]),
            (
                "for=192.0.2.43,for=\"[2001:db8:cafe::17]\",for=unknown",
                [.init(node: "192.0.2.43"), .init(node: "[2001:db8:cafe::17]"), .init(node: "unknown")]
            ),
            ("for=_hidden, for=_SEVKISEK", [.init(node: "_hidden"), .init(node: "_SEVKISEK")]),
            ("host=\"example.com:8080\";PROTO=https", [.init(proto: "https", host: "example.com:8080")]),
            ("for=1.2.3.4 ; proto=https", [.init(node: "1.2.3.4", proto: "https")]),
            ("\t for=1.2.3.4\t", [.init(node: "1.2.3.4")]),
            (";;for=1.2.3.4;;", [.init(node: "1.2.3.4")]),
            ("for=1.2.3.4:80;host=[::1]:8080", [.init(node: "1.2.3.4:80", host: "[::1]:8080")]),
            ("for=\"a\\\"b\\\\c\"", [.init(node: "a\"b\\c")]),
            ("ext=\"a, for=6.6.6.6; for=7.7.7.7\";for=1.2.3.4", [.init(node: "1.2.3.4")]),
            ("for=\"\"", [.init(node: "")]),
            ("x=!#$%&'*+-.^_`|~", [.init()]),
            ("", [.init()]),
            (",", [.init(), .init()]),
            ("for=1.2.3.4, ", [.init(node: "1.2.3.4"), .init()]),
        ] as [(String, [ForwardedElement])]
    )
    func elementsAreReadInOrder(_ line: String, elements: [ForwardedElement]) {
        #expect(ForwardedElement.list(line) == elements)
    }

    @Test(arguments: [
        "for", "for=", "=1.2.3.4", "for=;proto=http", "for=1.2.3.4 proto=http", "for = 1.2.3.4", "for= 1.2.3.4", "for=\"1.2.3.4",
        "for=\"1.2.3.4\\\"", "for=\"1.2.3.4\\", "for=\"1.2.3.4\"x", "for=\"1.2.3.4\"\"x\"", "for=x\"1.2.3.4\"", "for=1.2.3.4;for=6.6.6.6",
        "for=1.2.3.4;FOR=1.2.3.4", "proto=http;for=1.2.3.4;proto=https", "host=a;host=a", "x=1;x=2", "for=a/b", "for=a@b", "for=1.2.3.4,for=\"",
        "for=\",for=1.2.3.4", "for=1.2.3.4\0", "for=\u{e9}", "f\u{e9}r=1.2.3.4", "1.2.3.4", "for=a{b}",
    ])
    func anErrorSpoilsTheLine(_ line: String) {
        #expect(ForwardedElement.list(line) == nil)
    }

    /// All texts of up to so many of these pieces.
    private func texts(_ pieces: [String], upTo count: Int) -> [String] {
        var all = [""]
        var last = [""]
        for _ in 0..<count {
            last = last.flatMap { text in pieces.map { text + $0 } }
            all += last
        }
        return all
    }

    @Test(arguments: [
        "for=1.2.3.4", "for=\"1.2.3.4\"", "for=\"1.2.3.4:80\";proto=https", "proto=\"https\";for=1.2.3.4", "for=1.2.3.4;host=\"a\";by=\"_b\"",
    ])
    func whatAClientWritesCannotHideWhatAProxyAppends(_ appended: String) throws {
        let expected = try #require(ForwardedElement.list(appended)?.last)
        var read = 0
        for text in self.texts(["\"", "\\", ",", ";", "=", "x=", "for=6.6.6.6", " "], upTo: 5) {
            guard let elements = ForwardedElement.list(text + ", " + appended) else { continue }
            #expect(elements.last == expected, "\(text)")
            read += 1
        }
        #expect(read > 100)
    }
}
