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

@Suite struct OriginTests {
    @Test(arguments: [
        ("https://example.com", "https://example.com"),
        ("http://example.com", "http://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("https://example.com:80", "https://example.com:80"),
        ("http://example.com:443", "http://example.com:443"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("https://example.com:1", "https://example.com:1"),
        ("https://example.com:65535", "https://example.com:65535"),
        ("HTTPS://App.EXAMPLE.com", "https://app.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://[2001:DB8:0::1]", "http://[2001:db8::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://a_b-c.example.", "https://a_b-c.example."),
    ])
    func anOriginHasOneForm(_ text: String, canonical: String) throws {
        let origin = try #require(Origin(text))
        #expect(origin.description == canonical)
        #expect(Origin(canonical) == origin)
    }

    @Test(arguments: [
        "", "null", "NULL", "https", "https:", "https:/", "https://", "https:///", "//example.com", "example.com", "example.com:443",
        "https:example.com", "https:/example.com", "https:///example.com", "https://example.com/", "https://example.com/a", "https://example.com?",
        "https://example.com#", "https://example.com?a", "https://example.com#a", "https://user@example.com", "https://user:pass@example.com",
        "https://@example.com", "https://example.com@evil.io", "https://example.com:443@evil.io", "https://example.com:", "https://example.com:0",
        "https://example.com:0443", "https://example.com:65536", "https://example.com:99999", "https://example.com:100000",
        "https://example.com:+443", "https://example.com:-1", "https://example.com:a", "https://example.com:443:443", "https://:443", "https://*",
        "https://*.example.com", "https://example.com, https://evil.io", "https://example.com https://evil.io", "https://example.com,",
        " https://example.com", "https://example.com ", "https://exa mple.com", "https://example.com\t", "https://example.com\n",
        "https://example.com\0", "https://example.com\\evil.io", "https://ex%61mple.com", "https://b\u{fc}cher.example",
        "https://example.c\u{3bf}m", "https://example.com\u{301}", "https\u{301}://example.com", "https:\u{301}//example.com", "ftp://example.com",
        "file://", "ws://example.com", "wss://example.com", "app://localhost", "httpss://example.com", "https+a://example.com",
        "blob:https://example.com", "javascript://example.com", "https://[::1", "https://::1", "https://[]", "https://[::1]a", "https://[::1]:",
        "https://[::1]:a", "https://a[::1]", "https://[[::1]]", "https://[127.0.0.1]", "https://[example.com]", "https://[::1%25lo]",
        "https://[::1]]",
        "https://[::1][::2]", "https://example.com]", "https://example.com]:443",
    ])
    func allElseIsNone(_ text: String) {
        #expect(Origin(text) == nil)
    }

    @Test func schemeHostAndPortAllCount() throws {
        let texts = [
            "https://example.com", "http://example.com", "https://example.com:8443", "https://www.example.com", "https://example.com.",
            "https://example.com.evil.io", "https://evil-example.com", "https://example.co", "http://example.com:443", "https://example.com:80",
            "https://1.2.3.4", "https://[::ffff:1.2.3.4]", "https://[::1.2.3.4]",
        ]
        #expect(Set(try texts.map { try #require(Origin($0)) }).count == texts.count)
    }

    @Test(arguments: Origin.Scheme.allCases)
    func aHostMakesAnOriginWithAScheme(_ scheme: Origin.Scheme) {
        #expect(Origin(scheme: scheme, authority: "Example.COM") == Origin("\(scheme)://example.com"))
        #expect(Origin(scheme: scheme, authority: "example.com:\(scheme.defaultPort)") == Origin("\(scheme)://example.com"))
        #expect(Origin(scheme: scheme, authority: "example.com:8080") == Origin("\(scheme)://example.com:8080"))
        #expect(Origin(scheme: scheme, authority: "[::1]:8080") == Origin("\(scheme)://[::1]:8080"))
        for host in ["", ":", ":80", "user@example.com", "example.com/", "example.com:", "a b", "a,b", "https://example.com"] {
            #expect(Origin(scheme: scheme, authority: host) == nil)
        }
    }

    @Test func theUsualPortsAreThoseOfHTTP() {
        #expect(Origin.Scheme.http.defaultPort == 80)
        #expect(Origin.Scheme.https.defaultPort == 443)
    }

    @Test(
        arguments: [
            ("http", .http), ("https", .https), ("HTTPS", .https), ("ws", .http), ("wss", .https), ("", nil), ("ftp", nil), ("https ", nil),
            ("on", nil),
        ] as [(String, Origin.Scheme?)]
    )
    func aProxysWordForTheSchemeIsRead(_ text: String, scheme: Origin.Scheme?) {
        #expect(Origin.Scheme(forwarded: text) == scheme)
    }

    @Test func aListHoldsItsOriginsInAnyForm() throws {
        let list = OriginList(["https://Example.com:443", "http://localhost:3000"])
        try list.validate()
        #expect(list.contains(try #require(Origin("https://example.com"))))
        #expect(list.contains(try #require(Origin("http://localhost:3000"))))
        #expect(!list.contains(try #require(Origin("https://example.com:8443"))))
        #expect(!list.contains(try #require(Origin("http://localhost"))))
    }

    @Test(arguments: ["", "null", "*", "https://*.example.com", "https://example.com/", "https://user@example.com", "example.com"])
    func aListRefusesWhatIsNoOrigin(_ text: String) {
        let message = "'\(text)' is not an origin; accepted is scheme://host or scheme://host:port, without a path"
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try OriginList(["https://example.com", text]).validate() }
    }
}
