//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Which pages may change the channels of an open stream. Those that may not get an answer before anything is looked at.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SubscriptionOriginTests {
    /// A request with these header fields, and whether it may change something. All know the key.
    private typealias Rule = (fields: [String], isAllowed: Bool)

    /// Sends the requests to a server under the name `example.com`, and looks at what has become of each.
    private func check(
        _ policy: OriginPolicy = .sameOrigin,
        host: String = "example.com",
        proxies: TrustedProxies = .none,
        isTLS: Bool = false,
        rules: [Rule],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let asked = Recorder<Void>()
        let manager = try SSEManager(limiter: ConnectionLimiter(.init(), trustedProxies: proxies))
        var configuration = LiveStream.configuration
        configuration.origin = policy
        let hooks = SSEHooks<TestUser>(onSubscribe: { _ in
            asked.add(())
            return true
        })
        let server: HTTPServerBuilder = isTLS ? try .tls(.realtime(), tlsConfiguration: TestCertificate.server()) : .realtime()
        try await LiveStream.run(manager, hooks, configuration: configuration, server: server) { server, _ in
            func connect() async throws -> TestSocket {
                try await isTLS ? TestSocket.connectTLS(port: server.port) : TestSocket.connect(port: server.port)
            }
            let stream = try await LiveStream(SSETestClient.open(on: connect(), authority: host, "/sse", headers: ["From: alice"]))
            var allowed: [String] = []
            for (index, rule) in rules.enumerated() {
                let socket = try await connect()
                let answer = try await server.request(
                    "POST",
                    "/sse/subscribe?\(stream.query("c\(index)"))",
                    host: host,
                    headers: rule.fields,
                    on: socket
                )
                if rule.isAllowed {
                    #expect(answer.isSuccess, "\(rule.fields): \(answer)", sourceLocation: sourceLocation)
                    allowed.append("c\(index)")
                } else {
                    #expect(answer.isError(403, "This page may not do that"), "\(rule.fields): \(answer)", sourceLocation: sourceLocation)
                }
                await socket.close()
            }
            #expect(manager.channels(of: stream.id) == allowed, sourceLocation: sourceLocation)
            #expect(asked.values.count == allowed.count, sourceLocation: sourceLocation)
            await stream.client.close()
        }
    }

    private static func origin(_ origin: String, _ isAllowed: Bool) -> Rule { (["Origin: \(origin)"], isAllowed) }

    /// Strangers to `example.com`, whether it is reached by http or https.
    private static let strangers = [
        "https://example.com.evil.io", "https://evil-example.com", "https://evil.io", "http://evil.io", "https://www.example.com",
        "https://example.com.", "https://example.com:8443", "http://example.com:8080", "http://example.com:443", "https://example.com:80",
        "https://user@example.com", "https://example.com@evil.io", "https://example.com/", "https://example.com#@evil.io",
        "https://example.com, https://evil.io", "https://example.com https://example.com", "null", "", "example.com", "//example.com",
        "wss://example.com", "file://", "*",
    ]

    @Test func onlyPagesOfTheSameOriginMayByDefault() async throws {
        try await self.check(
            rules: [
                Self.origin("http://example.com", true), Self.origin("HTTP://Example.COM:80", true),
                // TLS may end at a proxy that nobody has told us of.
                Self.origin("https://example.com", true),
                // No page at all.
                ([], true), (["Sec-Fetch-Site: none"], true),
            ] + Self.strangers.map { Self.origin($0, false) }
        )
    }

    @Test func underTLSPlainPagesAreStrangers() async throws {
        try await self.check(
            isTLS: true,
            rules: [Self.origin("https://example.com", true), Self.origin("https://example.com:443", true), Self.origin("http://example.com", false)]
                + Self.strangers.map { Self.origin($0, false) }
        )
    }

    @Test func aPortIsPartOfTheOrigin() async throws {
        try await self.check(
            host: "example.com:8080",
            rules: [
                Self.origin("http://example.com:8080", true), Self.origin("https://example.com:8080", true),
                Self.origin("http://example.com", false), Self.origin("https://example.com", false), Self.origin("http://example.com:80", false),
            ]
        )
    }

    @Test func twoOriginsAreNone() async throws {
        try await self.check(
            rules: [
                (["Origin: http://example.com", "Origin: http://example.com"], false),
                (["Origin: http://evil.io", "Origin: http://example.com"], false),
            ]
        )
        try await self.check(.any, rules: [(["Origin: http://example.com", "Origin: http://evil.io"], false)])
    }

    @Test func listedPagesMayFromWhereverTheyAsk() async throws {
        try await self.check(
            .origins(["https://app.example.org", "http://localhost:5173"]),
            rules: [
                Self.origin("https://app.example.org", true), Self.origin("https://APP.example.org:443", true),
                Self.origin("http://localhost:5173", true), Self.origin("http://example.com", true), ([], true),
                Self.origin("http://app.example.org", false), Self.origin("https://app.example.org:8443", false),
                Self.origin("https://app.example.org.evil.io", false), Self.origin("http://localhost", false),
            ] + Self.strangers.map { Self.origin($0, false) }
        )
    }

    @Test func anOriginCanBeRequired() async throws {
        try await self.check(
            .origins(["https://app.example.org"], requireOrigin: true),
            rules: [
                ([], false), (["Cookie: session=1"], false), Self.origin("https://app.example.org", true), Self.origin("http://example.com", true),
                Self.origin("", false),
            ]
        )
    }

    @Test func everyPageMayIfTheApplicationSaysSo() async throws {
        try await self.check(.any, rules: [Self.origin("https://evil.io", true), Self.origin("null", true), ([], true)])
    }

    @Test func aRequestFromAnotherSiteWithACookieMayNotUnlessItsPageIsListed() async throws {
        let (cross, cookie) = ("Sec-Fetch-Site: cross-site", "Cookie: session=1")
        try await self.check(
            .origins(["https://app.example.org"]),
            rules: [
                (["Origin: http://example.com", cross, cookie], false), ([cross, cookie], false), (["Sec-Fetch-Site: Cross-Site", cookie], false),
                (["Origin: https://app.example.org", cross, cookie], true), (["Origin: https://evil.io", cross, cookie], false),
                (["Origin: http://example.com", cross], true), (["Origin: http://example.com", "Sec-Fetch-Site: same-origin", cookie], true),
                (["Sec-Fetch-Site: same-origin", cookie], true), ([cookie], true),
                // Who the user is changes nothing.
                (["Origin: https://evil.io", "From: alice"], false), ([cross, cookie, "From: alice"], false),
            ]
        )
        try await self.check(.any, rules: [(["Origin: https://evil.io", cross, cookie], false), (["Origin: https://evil.io", cookie], true)])
    }

    @Test func hostAndSchemeAreThoseThatATrustedProxyWasAskedFor() async throws {
        let forwarded = ["X-Forwarded-Host: example.com", "X-Forwarded-Proto: https"]
        try await self.check(
            host: "internal:8080",
            proxies: .loopback,
            rules: [
                (forwarded + ["Origin: https://example.com"], true), (forwarded + ["Origin: http://example.com"], false),
                (forwarded + ["Origin: http://internal:8080"], false), (["Origin: http://internal:8080"], true),
                (["Origin: https://example.com"], false),
                // The last value is the proxy's own.
                (["X-Forwarded-Host: evil.io, example.com", "X-Forwarded-Proto: https", "Origin: https://example.com"], true),
                (["X-Forwarded-Host: evil.io, example.com", "X-Forwarded-Proto: https", "Origin: https://evil.io"], false),
            ]
        )
        // Anybody may write these headers. Only a proxy is believed.
        for proxies in [TrustedProxies.none, TrustedProxies(AddressRange.privateNetworks)] {
            try await self.check(
                proxies: proxies,
                rules: [
                    (["X-Forwarded-Host: evil.io", "X-Forwarded-Proto: https", "Origin: https://evil.io"], false),
                    (["Forwarded: host=evil.io;proto=https", "Origin: https://evil.io"], false),
                    (["X-Forwarded-Host: evil.io", "Origin: http://example.com"], true),
                ]
            )
        }
    }

    @Test func aStrangersPageLearnsNothing() async throws {
        let resolved = Recorder<Void>()
        let manager = try SSEManager()
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(
            manager: manager,
            configuration: LiveStream.configuration,
            resolveUser: { _, _ in
                resolved.add(())
                return nil
            }
        )
        try await TestServer.run(Router().sse("/sse", plugin)) { server in
            let stream = try await LiveStream(server, "/sse?channels=a")
            let targets = [
                "/sse/subscribe", "/sse/subscribe?id=\(ConnectionID())&channel=a", "/sse/subscribe?id=\(stream.id)&channel=a",
                "/sse/subscribe?\(stream.query("%zz"))", "/sse/unsubscribe?\(stream.query("a"))",
            ]
            for target in targets {
                for body in [nil, "{", String(repeating: "x", count: 20_000)] {
                    let headers = ["Origin: https://evil.io", "Content-Type: application/json"]
                    let answer = try await server.request("POST", target, headers: headers, body: body)
                    #expect(answer.isError(403, "This page may not do that"), "\(target): \(answer)")
                }
            }
            #expect(manager.channels(of: stream.id) == ["a"])
            #expect(resolved.values.count == 1)
            await stream.client.close()
        }
    }

    // MARK: Reading

    @Test(arguments: ["https://evil.io", "null", "nonsense"]) func whoMayReadAStreamIsLeftToCORS(origin: String) async throws {
        for (cors, allowed) in [(SSECORS.any, "*"), (.disabled, nil), (.origins(["https://app.example.org"]), nil)] as [(SSECORS, String?)] {
            var configuration = LiveStream.configuration
            configuration.cors = cors
            configuration.origin = .origins([], requireOrigin: true)
            try await LiveStream.run(SSEManager(), configuration: configuration) { server, _ in
                let stream = try await LiveStream(server, headers: ["Origin: \(origin)", "Sec-Fetch-Site: cross-site", "Cookie: session=1"])
                #expect(await stream.client.head?.headers["access-control-allow-origin"] == allowed)
                // Neither lets the page change something.
                let answer = try await server.request("POST", "/sse/subscribe?\(stream.query("a"))", headers: ["Origin: \(origin)"])
                #expect(answer.isError(403))
                #expect(answer.headers["access-control-allow-origin"] == allowed)
                await stream.client.close()
            }
        }
    }

    @Test func aListedPageMayReadTheAnswersAndAskBeforehand() async throws {
        let page = "https://app.example.org"
        var configuration = LiveStream.configuration
        configuration.cors = .origins([page])
        configuration.origin = .origins([page])
        try await LiveStream.run(SSEManager(), configuration: configuration) { server, _ in
            let stream = try await LiveStream(server)
            let asks = ["Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"]
            let preflight = try await server.request("OPTIONS", "/sse/subscribe", headers: ["Origin: \(page)"] + asks)
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-origin"] == page)
            #expect(preflight.headers["access-control-allow-credentials"] == "true")
            #expect(preflight.headers["access-control-allow-methods"] == "POST, OPTIONS")
            #expect(preflight.headers["access-control-allow-headers"] == "content-type")
            let stranger = try await server.request("OPTIONS", "/sse/subscribe", headers: ["Origin: https://evil.io"] + asks)
            #expect(stranger.headers["access-control-allow-origin"] == nil)
            #expect(stranger.headers["access-control-allow-methods"] == nil)
            for (channel, status) in [("a", 200), ("%zz", 400)] {
                let answer = try await server.request("POST", "/sse/subscribe?\(stream.query(channel))", headers: ["Origin: \(page)"])
                #expect(answer.status == status)
                #expect(answer.headers["access-control-allow-origin"] == page)
                #expect(answer.headers["access-control-allow-credentials"] == "true")
            }
            await stream.client.close()
        }
    }
}
