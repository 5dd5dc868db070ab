//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RealtimeKit

@Suite struct ForwardedNodeTests {
    @Test(arguments: [
        ("1.2.3.4", "1.2.3.4"), ("1.2.3.4:567", "1.2.3.4"), ("1.2.3.4:0", "1.2.3.4"), ("1.2.3.4:65535", "1.2.3.4"), ("1.2.3.4:_http", "1.2.3.4"),
        ("::1", "::1"), ("2001:DB8::1", "2001:db8::1"), ("[::1]", "::1"), ("[::1]:567", "::1"), ("[2001:db8::1]:_a.b-C_9", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"), ("[::ffff:1.2.3.4]:80", "1.2.3.4"), ("1::", "1::"), ("[1::]", "1::"),
    ])
    func anAddressMayHaveAPort(_ text: String, address: String) {
        #expect(ForwardedNode.address(of: text[...])?.description == address)
    }

    @Test(arguments: [
        "", "unknown", "_hidden", "localhost", "unix:", "example.com:80", "1.2.3.4:", "1.2.3.4:a", "1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4:65536",
        "1.2.3.4:100000", "1.2.3.4:_", "1.2.3.4:_a b", "1.2.3.4:80:80", "1.2.3.4 :80", "1.2.3.4 80", "[1.2.3.4]", "[1.2.3.4]:80", "[::1", "::1]",
        "[]",
        "[::1]80", "[::1]:", "[::1]:x", "[::1]:65536", "[[::1]]", "[::1]]", "[::1%lo]", "fe80::1%lo", "\"1.2.3.4\"", "1.2.3.4\u{301}",
        "1.2.3.4:8\u{301}",
        "\u{600}1.2.3.4", "1.2.3.4:\u{661}", "for=1.2.3.4", "1.2.3.4;", "01.2.3.4", ":80", ":", "[",
    ])
    func allElseIsNoAddress(_ text: String) {
        #expect(ForwardedNode.address(of: text[...]) == nil)
    }

    @Test(arguments: [("", ""), (" ", ""), (" \t a b\t ", "a b"), ("a", "a"), ("\n", "\n")])
    func onlySpacesAndTabsAreTrimmed(_ text: String, trimmed: Substring) {
        #expect(ForwardedNode.trim(text[...]) == trimmed)
    }
}
