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

@Suite struct TrustedProxiesTests {
    private static let proxy = Peer.address(IPAddress(ipv4: 0x0a00_0001))

    private func proxies(_ header: TrustedProxies.Header = .xForwardedFor, unix: Bool = false) throws -> TrustedProxies {
        TrustedProxies([try AddressRange("10.0.0.0/8"), try AddressRange("fd00::/8")], header: header, trustsUnixSockets: unix)
    }

    /// The address of the client according to these lines of `X-Forwarded-For`.
    private func client(_ lines: [String], peer: Peer = Self.proxy) throws -> String? {
        try self.proxies().client(peer: peer, headers: ForwardedHeaders(xForwardedFor: lines)).address?.description
    }

    /// What these lines of `Forwarded` say.
    private func forwarded(_ lines: String..., peer: Peer = Self.proxy) throws -> ForwardedClient {
        try self.proxies(.forwarded).client(peer: peer, headers: ForwardedHeaders(forwarded: lines))
    }

    // MARK: Who is trusted

    @Test func nobodyIsTrustedByDefault() {
        let none = TrustedProxies.none
        #expect(none.isEmpty)
        #expect(none.header == .xForwardedFor)
        for peer in [Self.proxy, .unixSocket, .unknown, .address(IPAddress(ipv6: 1))] { #expect(!none.contains(peer)) }
        let headers = ForwardedHeaders(
            xForwardedFor: ["6.6.6.6"],
            xForwardedProto: ["https"],
            xForwardedHost: ["evil.io"],
            forwarded: ["for=6.6.6.6;proto=https;host=evil.io"]
        )
        #expect(none.client(peer: Self.proxy, headers: headers) == ForwardedClient(address: IPAddress("10.0.0.1")))
        #expect(none.client(peer: .unixSocket, headers: headers) == ForwardedClient())
    }

    @Test(arguments: [TrustedProxies.Header.xForwardedFor, .forwarded])
    func aPeerThatIsNotTrustedIsTheClientWhateverItSays(_ header: TrustedProxies.Header) throws {
        let headers = ForwardedHeaders(
            xForwardedFor: ["6.6.6.6"],
            xForwardedProto: ["https"],
            xForwardedHost: ["evil.io"],
            forwarded: ["for=6.6.6.6;proto=https;host=evil.io"]
        )
        let address = try #require(IPAddress("192.0.2.1"))
        let client = try self.proxies(header).client(peer: .address(address), headers: headers)
        #expect(client == ForwardedClient(address: address))
    }

    @Test func thisMachineIsTrustedWhenAskedFor() throws {
        #expect(TrustedProxies.loopback.contains(.address(try #require(IPAddress("127.0.0.1")))))
        #expect(TrustedProxies.loopback.contains(.address(try #require(IPAddress("::ffff:127.9.9.9")))))
        #expect(TrustedProxies.loopback.contains(.address(try #require(IPAddress("::1")))))
        #expect(!TrustedProxies.loopback.contains(.address(try #require(IPAddress("128.0.0.1")))))
        #expect(!TrustedProxies.loopback.contains(.unixSocket))
        #expect(!TrustedProxies.loopback.isEmpty)
    }

    @Test func unixSocketsAreTrustedWhenAskedFor() throws {
        let headers = ForwardedHeaders(xForwardedFor: ["1.2.3.4"])
        #expect(try self.proxies().client(peer: .unixSocket, headers: headers).address == nil)
        #expect(try self.proxies(unix: true).client(peer: .unixSocket, headers: headers).address == IPAddress("1.2.3.4"))
        #expect(try self.proxies(unix: true).client(peer: .unixSocket, headers: ForwardedHeaders()).address == nil)
        #expect(!TrustedProxies([], trustsUnixSockets: true).isEmpty)
    }

    @Test func aPeerThatNobodyKnowsIsNeverTrusted() throws {
        let headers = ForwardedHeaders(xForwardedFor: ["1.2.3.4"], xForwardedProto: ["https"])
        #expect(try self.proxies(unix: true).client(peer: .unknown, headers: headers) == ForwardedClient())
        let everyone = TrustedProxies([try AddressRange("0.0.0.0/0"), try AddressRange("::/0")], trustsUnixSockets: true)
        #expect(everyone.client(peer: .unknown, headers: headers) == ForwardedClient())
    }

    // MARK: X-Forwarded-For

    @Test(
        arguments: [
            ([], "10.0.0.1"),
            (["1.2.3.4"], "1.2.3.4"),
            (["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
            (["6.6.6.6,1.2.3.4"], "1.2.3.4"),
            (["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
            (["6.6.6.6, 1.2.3.4, 10.9.9.9"], "1.2.3.4"),
            (["6.6.6.6, 1.2.3.4", "10.9.9.9, fd00::1"], "1.2.3.4"),
            (["6.6.6.6", "1.2.3.4", "10.9.9.9", "::ffff:10.8.8.8"], "1.2.3.4"),
            (["10.3.3.3, 1.2.3.4"], "1.2.3.4"),
            (["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
            (["1.2.3.4:567"], "1.2.3.4"),
            (["[2001:db8::1]:567, [fd00::1]"], "2001:db8::1"),
            (["2001:db8::1"], "2001:db8::1"),
            (["\t1.2.3.4 \t"], "1.2.3.4"),
        ] as [([String], String)]
    )
    func theFirstFromTheEndThatIsNotTrustedIsTheClient(_ lines: [String], client: String) throws {
        #expect(try self.client(lines) == client)
    }

    @Test(
        arguments: [
            (["unknown"], "10.0.0.1"),
            (["6.6.6.6, unknown"], "10.0.0.1"),
            (["6.6.6.6, unknown, 10.9.9.9"], "10.9.9.9"),
            (["6.6.6.6, _hidden, 10.9.9.9, 10.8.8.8"], "10.9.9.9"),
            (["6.6.6.6", "unix:"], "10.0.0.1"),
            (["6.6.6.6, "], "10.0.0.1"),
            (["6.6.6.6,,10.9.9.9"], "10.9.9.9"),
            (["6.6.6.6", ""], "10.0.0.1"),
            ([""], "10.0.0.1"),
            (["6.6.6.6, 10.9.9.9:x"], "10.0.0.1"),
            (["6.6.6.6, 010.9.9.9"], "10.0.0.1"),
            (["6.6.6.6, 10.9"], "10.0.0.1"),
            (["6.6.6.6; 1.2.3.4"], "10.0.0.1"),
            (["6.6.6.6 1.2.3.4"], "10.0.0.1"),
            (["6.6.6.6, fd00::1%eth0"], "10.0.0.1"),
        ] as [([String], String)]
    )
    func whatIsNoAddressEndsTheSearch(_ lines: [String], client: String) throws {
        #expect(try self.client(lines) == client)
    }

    @Test(arguments: ["\u{600}", "\u{301}", "x\u{200d}", "\u{d4e}"])
    func aCommaIsACommaWhateverStandsBesideIt(_ letter: String) throws {
        #expect(try self.client(["6.6.6.6\(letter),1.2.3.4"]) == "1.2.3.4")
        #expect(try self.client(["6.6.6.6,\(letter)1.2.3.4"]) == "10.0.0.1")
        var headers = ForwardedHeaders(xForwardedFor: ["1.2.3.4"])
        headers.xForwardedProto = ["http\(letter),https"]
        headers.xForwardedHost = ["evil.io\(letter),example.com"]
        let client = try self.proxies().client(peer: Self.proxy, headers: headers)
        #expect(client.scheme == .https)
        #expect(client.host == "example.com")
    }

    @Test(
        arguments: [
            ([], nil), (["https"], .https), (["http"], .http), (["HTTPS"], .https), (["wss"], .https), ([" https "], .https),
            (["http, https"], .https),
            (["https, http"], .http), (["https", "http"], .http), (["https, "], nil), (["https", ""], nil), (["https, ftp"], nil), (["on"], nil),
        ] as [([String], Origin.Scheme?)]
    )
    func theSchemeIsWhatTheLastProxyWrote(_ lines: [String], scheme: Origin.Scheme?) throws {
        let headers = ForwardedHeaders(xForwardedFor: ["1.2.3.4"], xForwardedProto: lines)
        #expect(try self.proxies().client(peer: Self.proxy, headers: headers).scheme == scheme)
    }

    @Test(
        arguments: [
            ([], nil), (["example.com"], "example.com"), (["evil.io, example.com:8443"], "example.com:8443"),
            (["evil.io", "example.com"], "example.com"),
            (["evil.io,"], nil), ([""], nil),
        ] as [([String], String?)]
    )
    func theHostIsWhatTheLastProxyWrote(_ lines: [String], host: String?) throws {
        let headers = ForwardedHeaders(xForwardedHost: lines)
        #expect(try self.proxies().client(peer: Self.proxy, headers: headers).host == host)
    }

    // MARK: Forwarded

    @Test func theElementThatNamesTheClientCounts() throws {
        #expect(
            try self.forwarded("for=6.6.6.6;proto=http;host=evil.io, for=1.2.3.4;proto=https;host=example.com, for=10.9.9.9;proto=http;host=inner")
                == ForwardedClient(address: IPAddress("1.2.3.4"), scheme: .https, host: "example.com")
        )
        #expect(
            try self.forwarded("for=6.6.6.6;proto=http", "for=\"[2001:db8::1]:80\";proto=https", "for=10.9.9.9")
                == ForwardedClient(address: IPAddress("2001:db8::1"), scheme: .https)
        )
    }

    @Test func whatAProxyDoesNotTellIsTakenFromTheOneBehindIt() throws {
        #expect(
            try self.forwarded("for=6.6.6.6;proto=http;host=evil.io, for=1.2.3.4, for=10.9.9.9;proto=https;host=example.com")
                == ForwardedClient(address: IPAddress("1.2.3.4"), scheme: .https, host: "example.com")
        )
        #expect(
            try self.forwarded("for=1.2.3.4;proto=ftp;host=\"\", for=10.9.9.9;proto=https;host=example.com")
                == ForwardedClient(address: IPAddress("1.2.3.4"), scheme: .https, host: "example.com")
        )
    }

    @Test(arguments: [
        ("", "10.0.0.1"), ("proto=http", "10.0.0.1"), ("for=6.6.6.6, for=unknown", "10.0.0.1"), ("for=6.6.6.6, for=_x, for=10.9.9.9", "10.9.9.9"),
        ("for=6.6.6.6,", "10.0.0.1"), ("for=6.6.6.6, proto=https", "10.0.0.1"), ("for=10.3.3.3, for=10.2.2.2", "10.3.3.3"),
        ("for=\"6.6.6.6, for=1.2.3.4", "10.0.0.1"), ("for=1.2.3.4;for=6.6.6.6", "10.0.0.1"),
    ])
    func anElementWithoutAnAddressEndsTheSearch(_ line: String, client: String) throws {
        #expect(try self.forwarded(line).address?.description == client)
    }

    @Test func aProxyThatHidesTheClientMayStillTellTheScheme() throws {
        #expect(
            try self.forwarded("for=6.6.6.6;proto=http;host=evil.io, for=unknown;proto=https;host=example.com")
                == ForwardedClient(address: IPAddress("10.0.0.1"), scheme: .https, host: "example.com")
        )
    }

    @Test func aLineWithAnErrorCountsForNothingAndEndsTheSearch() throws {
        #expect(try self.forwarded("for=6.6.6.6;proto=https", "for=1.2.3.4;proto=https;x=\"") == ForwardedClient(address: IPAddress("10.0.0.1")))
        #expect(
            try self.forwarded("for=1.2.3.4;proto=https;x=\"", "for=10.9.9.9;proto=http")
                == ForwardedClient(address: IPAddress("10.9.9.9"), scheme: .http)
        )
    }

    @Test func onlyOneKindOfHeaderIsBelieved() throws {
        let headers = ForwardedHeaders(
            xForwardedFor: ["1.1.1.1"],
            xForwardedProto: ["http"],
            xForwardedHost: ["one.example"],
            forwarded: ["for=2.2.2.2;proto=https;host=two.example"]
        )
        #expect(
            try self.proxies(.xForwardedFor).client(peer: Self.proxy, headers: headers)
                == ForwardedClient(address: IPAddress("1.1.1.1"), scheme: .http, host: "one.example")
        )
        #expect(
            try self.proxies(.forwarded).client(peer: Self.proxy, headers: headers)
                == ForwardedClient(address: IPAddress("2.2.2.2"), scheme: .https, host: "two.example")
        )
        var other = headers
        other.xForwardedFor = []
        other.xForwardedProto = []
        other.xForwardedHost = []
        #expect(try self.proxies(.xForwardedFor).client(peer: Self.proxy, headers: other) == ForwardedClient(address: IPAddress("10.0.0.1")))
        other = headers
        other.forwarded = []
        #expect(try self.proxies(.forwarded).client(peer: Self.proxy, headers: other) == ForwardedClient(address: IPAddress("10.0.0.1")))
    }

    // MARK: Everything at once

    /// Every chain of up to five of these, with every way to break it into lines.
    @Test(arguments: [TrustedProxies.Header.xForwardedFor, .forwarded])
    func agreesWithTheRuleForEveryChain(_ header: TrustedProxies.Header) throws {
        let nodes = ["10.0.0.2", "10.0.0.3", "1.1.1.1", "2.2.2.2", "unknown"]
        let proxies = try self.proxies(header)
        var chains: [[String]] = [[]]
        for length in 0..<5 { chains += chains.filter { $0.count == length }.flatMap { chain in nodes.map { chain + [$0] } } }
        for chain in chains {
            var expected = "10.0.0.1"
            for node in chain.reversed() where expected.hasPrefix("10.") {
                if node == "unknown" { break }
                expected = node
            }
            for breaks in 0..<(1 << max(chain.count - 1, 0)) {
                var lines: [String] = []
                for (index, node) in chain.enumerated() {
                    let text = header == .forwarded ? "for=\(node)" : node
                    if index > 0, breaks >> (index - 1) & 1 == 0 {
                        lines[lines.count - 1] += ", " + text
                    } else {
                        lines.append(text)
                    }
                }
                let headers = header == .forwarded ? ForwardedHeaders(forwarded: lines) : ForwardedHeaders(xForwardedFor: lines)
                #expect(proxies.client(peer: Self.proxy, headers: headers).address?.description == expected, "\(lines)")
            }
        }
    }
}
