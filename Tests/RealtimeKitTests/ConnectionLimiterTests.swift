//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Connections beyond a limit: who is refused, and with what.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ConnectionLimiterTests {
    /// Everything that can be limited, each with room for one connection.
    enum Limit: CaseIterable {
        case total
        case user
        case address
        case rate

        var limits: ConnectionLimits {
            switch self {
            case .total: .init(total: 1)
            case .user: .init(perUser: 1)
            case .address: .init(perAddress: 1)
            case .rate: .init(handshakesPerSecond: 0.001)
            }
        }

        /// Whether it is the client that has too much.
        var isClients: Bool { self == .user || self == .address }
        var status: Int { self.isClients ? 429 : 503 }
        /// The seconds after which it may come back.
        var delay: ClosedRange<Int> { self.isClients ? 10...30 : 1...5 }
        var message: String { self.isClients ? "Too many connections" : "Service unavailable" }
    }

    /// Refuses with a status, so that a refusal can be told from a stream by it.
    private static var withStatus: SSEConfiguration {
        var configuration = SSEConfiguration()
        configuration.temporaryRefusal = .serviceUnavailable
        return configuration
    }

    private func run(
        _ limits: ConnectionLimits,
        trustedProxies: TrustedProxies = .none,
        clock: ManualClock = ManualClock(),
        configuration: SSEConfiguration = .init(),
        hooks: SSEHooks<TestUser> = .init(),
        _ test: @Sendable @escaping (TransportPath.Server, SSEManager) async throws -> Void
    ) async throws {
        let limiter = try ConnectionLimiter(limits, trustedProxies: trustedProxies)
        let manager = try SSEManager(limiter: limiter, clock: clock)
        try await TransportPath.direct.run(manager, configuration: configuration, hooks: hooks) { server in try await test(server, manager) }
    }

    // MARK: How

    @Test(arguments: Limit.allCases) func anEventSourceIsToldWhenToComeBack(limit: Limit) async throws {
        try await self.run(limit.limits) { server, manager in
            let (stream, _) = try await server.connected(headers: ["From: alice"])
            var delays: Set<Int> = []
            for accept in ["text/event-stream", "Text/Event-Stream", "text/html, text/event-stream;q=0.5", "text/event-stream"] {
                let socket = try await TestSocket.connect(port: server.base.port)
                let answer = try await server.base.request("GET", "/sse", headers: ["From: alice", "Accept: \(accept)"], on: socket)
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"] == "text/event-stream")
                #expect(answer.headers["cache-control"] == "no-cache, no-transform")
                #expect(answer.headers["access-control-allow-origin"] == "*")
                #expect(answer.headers["retry-after"] == nil)
                let delay = try #require(answer.body.wholeMatch(of: /retry: (\d+)\n: come back later\n\n/).flatMap { Int($0.1) }, "\(answer.body)")
                #expect((limit.delay.lowerBound * 1000...limit.delay.upperBound * 1000 + 999).contains(delay))
                delays.insert(delay)
                // A connection that is kept open would be one more.
                #expect(answer.headers["connection"] == "close")
                #expect(try await socket.receiveAll().isEmpty)
            }
            #expect(delays.count > 1, "all come back at once")
            #expect(manager.connectionCount == 1)
            try manager.broadcastAll(.text("still here"))
            try await stream.expect("message", "still here")
        }
    }

    @Test(arguments: Limit.allCases) func everyoneElseGetsAStatus(limit: Limit) async throws {
        try await self.run(limit.limits) { server, manager in
            let (stream, _) = try await server.connected(headers: ["From: alice"])
            for headers in [[], ["Accept: */*"], ["Accept: application/json"]] {
                let socket = try await TestSocket.connect(port: server.base.port)
                let answer = try await server.base.request("GET", "/sse", headers: ["From: alice"] + headers, on: socket)
                #expect(answer.status == limit.status)
                #expect(limit.delay.contains(try #require(answer.headers["retry-after"].flatMap { Int($0) })))
                #expect(answer.headers["content-type"] == "application/json; charset=utf-8")
                #expect(answer.headers["access-control-allow-origin"] == "*")
                #expect(answer.headers["connection"] == "close")
                #expect(answer.body == #"{"message":"\#(limit.message)"}"#)
                #expect(try await socket.receiveAll().isEmpty)
            }
            #expect(manager.connectionCount == 1)
            try manager.broadcastAll(.text("still here"))
            try await stream.expect("message", "still here")
        }
    }

    @Test(arguments: Limit.allCases) func anEndpointMayAnswerEventSourcesWithAStatusToo(limit: Limit) async throws {
        try await self.run(limit.limits, configuration: Self.withStatus) { server, _ in
            let (stream, _) = try await server.connected(headers: ["From: alice"])
            let refused = try await server.open(headers: ["From: alice"])
            let head = try await refused.response()
            #expect(head.status == limit.status)
            #expect(limit.delay.contains(try #require(head.headers["retry-after"].flatMap { Int($0) })))
            #expect(try await refused.body() == #"{"message":"\#(limit.message)"}"#)
            await stream.close()
        }
    }

    @Test func headIsRefusedWithoutABodyAndOptionsNever() async throws {
        try await self.run(.init(total: 1)) { server, _ in
            let (stream, _) = try await server.connected()
            let head = try await server.base.request("HEAD", "/sse")
            #expect(head.status == 503)
            #expect(head.body.isEmpty)
            #expect(try await server.base.request("OPTIONS", "/sse").status == 204)
            await stream.close()
        }
    }

    @Test(arguments: TransportPath.allCases) func connectionsCountOnEveryWayToAClient(path: TransportPath) async throws {
        let limiter = try ConnectionLimiter(.init(total: 2))
        let manager = try SSEManager(limiter: limiter)
        try await path.run(manager) { server in
            let (first, id) = try await server.connected()
            let (second, _) = try await server.connected()
            let refused = try await server.open()
            #expect(try await refused.response().status == 200)
            #expect(try await refused.nextComment() == "come back later")
            #expect(try await refused.nextOrEnd() == nil)
            await refused.close()
            #expect(manager.disconnect(id))
            try await first.expect("disconnect")
            try await eventually("there is room for one") { limiter.room == 1 }
            let (third, _) = try await server.connected()
            #expect(limiter.room == 0)
            for client in [first, second, third] { await client.close() }
        }
    }

    // MARK: Who

    @Test func eachUserHasRoomForSoMany() async throws {
        try await self.run(.init(perUser: 2), configuration: Self.withStatus) { server, manager in
            func status(_ user: String?) async throws -> Int {
                try await server.open(headers: user.map { ["From: \($0)"] } ?? []).response().status
            }
            let (first, id) = try await server.connected(headers: ["From: alice"])
            #expect(try await status("alice") == 200)
            #expect(try await status("alice") == 429)
            #expect(try await status("bob") == 200)
            for _ in 0..<4 { #expect(try await status(nil) == 200) }
            manager.disconnect(id)
            try await first.expect("disconnect")
            try await eventually("there is room for one") { try await status("alice") == 200 }
            #expect(try await status("alice") == 429)
            #expect(try await status("bob") == 200)
            #expect(try await status("bob") == 429)
        }
    }

    @Test func usersWithoutAnIDAreNotCounted() async throws {
        let plugin = try SSEPlugin<BasicRequestContext, String>(
            manager: SSEManager(limiter: ConnectionLimiter(.init(perUser: 1))),
            configuration: Self.withStatus,
            resolveUser: { _, _ in "somebody" }
        )
        try await TestServer.run(Router().sse("/sse", plugin)) { server in
            for _ in 0..<3 {
                let client = try await SSETestClient.open(port: server.port)
                #expect(try await client.response().status == 200)
            }
        }
    }

    @Test(arguments: [
        (
            TrustedProxies.loopback,
            [
                ("X-Forwarded-For: 203.0.113.7", 200), ("X-Forwarded-For: 203.0.113.7", 429), ("X-Forwarded-For: 203.0.113.8", 200),
                // What stands before the last address was written by the client.
                ("X-Forwarded-For: 203.0.113.9, 203.0.113.7", 429), ("X-Forwarded-For: 127.0.0.1, 203.0.113.8", 429),
                ("X-Forwarded-For: 203.0.113.7, 127.0.0.1", 429),
                // An IPv4 address in the form of IPv6, and neighbours of one network.
                ("X-Forwarded-For: ::ffff:203.0.113.7", 429), ("X-Forwarded-For: 2001:db8:1:2::1", 200),
                ("X-Forwarded-For: 2001:db8:1:2:ffff::2", 429), ("X-Forwarded-For: 2001:db8:1:3::1", 200),
                // The peer, where there is nothing better. The other kind of header is not looked at.
                ("Forwarded: for=198.51.100.1", 200), ("Forwarded: for=198.51.100.2", 429), ("X-Forwarded-For: unknown", 429), ("X-Y: z", 429),
            ]
        ),
        (
            TrustedProxies(AddressRange.loopback, header: .forwarded),
            [
                ("Forwarded: for=203.0.113.7", 200), (#"Forwarded: for="203.0.113.7:4711""#, 429), ("Forwarded: for=203.0.113.8", 200),
                ("Forwarded: for=203.0.113.9, for=203.0.113.7", 429), ("X-Forwarded-For: 198.51.100.1", 200), ("X-Forwarded-For: 198.51.100.2", 429),
            ]
        ),
        (.none, [("X-Forwarded-For: 203.0.113.7", 200), ("X-Forwarded-For: 203.0.113.8", 429), ("Forwarded: for=203.0.113.9", 429)]),
        (
            TrustedProxies(AddressRange.privateNetworks),
            [("X-Forwarded-For: 203.0.113.7", 200), ("X-Forwarded-For: 203.0.113.8", 429), ("Forwarded: for=203.0.113.9", 429)]
        ),
    ])
    func eachAddressHasRoomForSoManyBehindTrustedProxiesTheClients(proxies: TrustedProxies, requests: [(String, Int)]) async throws {
        try await self.run(.init(perAddress: 1), trustedProxies: proxies, configuration: Self.withStatus) { server, _ in
            for (header, status) in requests {
                let client = try await server.open(headers: [header])
                #expect(try await client.response().status == status, "\(header)")
            }
        }
    }

    @Test func newConnectionsComeAtALimitedRate() async throws {
        let clock = ManualClock()
        try await self.run(.init(handshakesPerSecond: 2, handshakeBurst: 3), clock: clock, configuration: Self.withStatus) { server, _ in
            func admitted(of count: Int) async throws -> Int {
                var admitted = 0
                for _ in 0..<count where try await server.open().response().status == 200 { admitted += 1 }
                return admitted
            }
            #expect(try await admitted(of: 5) == 3)
            try await clock.advance(by: .milliseconds(499))
            #expect(try await admitted(of: 2) == 0)
            // Those that were refused have used up nothing.
            try await clock.advance(by: .milliseconds(1))
            #expect(try await admitted(of: 2) == 1)
            try await clock.advance(by: .seconds(60))
            #expect(try await admitted(of: 5) == 3)
        }
    }

    @Test func managersAndChannelsOfOneLimiterCountTogether() async throws {
        let limiter = try ConnectionLimiter(.init(total: 3, perUser: 2))
        let (first, second) = (try SSEManager(limiter: limiter), try SSEManager(limiter: limiter))
        let channel = try SSEChannel("own", limiter: limiter)
        let resolveUser = { @Sendable (request: Request, context: BasicRequestContext) in try await TestUser.resolve(request, context) }
        let router = Router()
            .sse("/first", try SSEPlugin(manager: first, resolveUser: resolveUser))
            .sse("/second", try SSEPlugin(manager: second, resolveUser: resolveUser))
            .get("channel") { request, context in
                channel.respond(to: request, context: context, userID: request.headers[.from])
            }
        try await TestServer.run(router) { server in
            let alice = try await SSETestClient.connected(port: server.port, "/first", headers: ["From: alice"]).client
            let member = try await SSETestClient.open(port: server.port, "/channel", headers: ["From: alice"])
            #expect(try await member.nextComment() == "open")
            for path in ["/first", "/second", "/channel"] {
                #expect(try await server.request("GET", path, headers: ["From: alice"]).status == 429, "\(path)")
            }
            _ = try await SSETestClient.connected(port: server.port, "/second")
            for path in ["/first", "/second", "/channel"] {
                #expect(try await server.request("GET", path, headers: ["From: bob"]).status == 503, "\(path)")
            }
            await member.close()
            try await eventually("there is room for one") { limiter.room == 1 && channel.clientCount == 0 }
            _ = try await SSETestClient.connected(port: server.port, "/second", headers: ["From: alice"])
            await alice.close()
        }
    }

    // MARK: Settings

    @Test func aLimiterIsConfiguredBeforeItServes() async throws {
        let limiter = try ConnectionLimiter(.init(total: 5))
        try limiter.configure(.init(total: 1), trustedProxies: .loopback)
        #expect(limiter.trustedProxies == .loopback)
        let manager = try SSEManager(limiter: limiter)
        try await TransportPath.direct.run(manager, configuration: Self.withStatus) { server in
            let (client, _) = try await server.connected()
            let error = #expect(throws: RealtimeError.self) { try limiter.configure(.init(total: 2)) }
            #expect(error?.code == .alreadyServing)
            #expect(limiter.trustedProxies == .loopback)
            #expect(try await server.open().response().status == 503)
            await client.close()
        }
        // Nobody is connected any more, but counting has begun.
        #expect(throws: RealtimeError.self) { try limiter.configure(.init()) }
    }

    @Test func evenALimiterWithoutLimitsHasServed() async throws {
        let limiter = try ConnectionLimiter(.init())
        try await TransportPath.direct.run(SSEManager(limiter: limiter)) { server in
            for _ in 0..<3 { _ = try await server.connected() }
        }
        #expect(throws: RealtimeError.self) { try limiter.configure(.init(total: 1)) }
    }

    @Test(arguments: [
        (ConnectionLimits(total: 0), "total"),
        (.init(perUser: -1), "perUser"),
        (.init(perAddress: 0), "perAddress"),
        (.init(handshakesPerSecond: 0), "handshakesPerSecond"),
        (.init(handshakesPerSecond: .nan), "handshakesPerSecond"),
        (.init(handshakesPerSecond: 1, handshakeBurst: 0), "handshakeBurst"),
        (.init(ipv6PrefixLength: 129), "ipv6PrefixLength"),
    ])
    func badValuesAreRefusedAndChangeNothing(limits: ConnectionLimits, name: String) throws {
        let made = #expect(throws: RealtimeError.self) { try ConnectionLimiter(limits) }
        #expect(made?.code == .invalidConfiguration)
        let limiter = try ConnectionLimiter(.init(total: 7))
        let error = #expect(throws: RealtimeError.self) { try limiter.configure(limits, trustedProxies: .loopback) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(name) == true)
        #expect(limiter.trustedProxies == .none)
        #expect(limiter.room == 7)
    }
}
