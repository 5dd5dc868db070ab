//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import Metrics
import MetricsTestKit
import RealtimeKit
import RealtimeKitTesting
import Testing

/// What is counted of refusals, ends and slow clients, by reason.
@Suite(.serialized, .timeLimit(.minutes(1))) struct MetricsTests {
    private let metrics = TestMetrics()

    private func count(_ label: String, _ transport: String, _ dimension: (String, String)? = nil) -> Int64 {
        self.metrics.counterTotal(label: label, dimensions: [("transport", transport)] + (dimension.map { [$0] } ?? []))
    }

    private func refusals(_ transport: String) -> [String: Int64] {
        let counters = self.metrics.counters(label: "rt.refusals").filter { $0.dimensions.contains { $0 == ("transport", transport) } }
        return Dictionary(counters.map { ($0.dimensions.first { $0.0 == "reason" }?.1 ?? "", $0.totalValue) }, uniquingKeysWith: +)
    }

    private func level(_ label: String, _ transport: String) -> Double? {
        try? self.metrics.expectMeter(label, [("transport", transport)]).lastValue
    }

    // MARK: Refusals

    /// What is asked for, and what it is counted as.
    @Test func everyRefusalHasItsReason() async throws {
        let denyList = DenyList()
        let limiter = try ConnectionLimiter(ConnectionLimits(perUser: 1, perAddress: 20))
        let streams = try SSEManager(limiter: limiter, denyList: denyList, clock: SystemClock(), metrics: self.metrics)
        let sockets = try WSManager(limiter: limiter, denyList: denyList, clock: SystemClock(), metrics: self.metrics)
        let mayConnect = { @Sendable (info: ConnectInfo<TestUser>) in info.userID != "eve" && info.user != nil }
        var configuration = SSEConfiguration()
        configuration.strictAccept = true
        let router = Router()
            .sse(
                "/sse",
                try SSEPlugin<BasicRequestContext, TestUser>(
                    manager: streams,
                    configuration: configuration,
                    auth: TimedTokens(),
                    hooks: .init(onConnect: mayConnect)
                )
            )
            .webSocket(
                "/ws",
                try WebSocketPlugin<BasicRequestContext, TestUser>(manager: sockets, auth: TimedTokens(), hooks: .init(onConnect: mayConnect))
            )
        denyList.kick(user: "mallory")
        try await TestServer.run(router) { server in
            let (stream, _) = try await SSETestClient.connected(port: server.port, headers: Self.bearer("alice"))
            for (headers, reason) in [
                (Self.bearer("alice"), "limit_user"), (Self.bearer("broken"), "authentication"), (Self.bearer("mallory"), "kicked"),
                (Self.bearer("eve"), "forbidden"), (["Authorization: Bearer"], "unauthorized"), ([], "unauthorized"),
            ] {
                let before = (self.refusals("sse")[reason] ?? 0, self.refusals("ws")[reason] ?? 0)
                _ = try await server.request("GET", "/sse", headers: ["Accept: text/event-stream"] + headers)
                let socket = try await WSTestClient.open(port: server.port, headers: headers)
                #expect(try await socket.response().status != 101)
                await socket.leave()
                #expect(self.refusals("sse")[reason] == before.0 + 1, "\(headers)")
                #expect(self.refusals("ws")[reason] == before.1 + 1, "\(headers)")
            }
            _ = try await server.request("GET", "/sse", headers: ["Accept: text/html"])
            #expect(self.refusals("sse")["not_acceptable"] == 1)
            _ = try await server.request("GET", "/sse?channels=%zz", headers: ["Accept: */*"] + Self.bearer("bob"))
            #expect(self.refusals("sse")["bad_request"] == 1)
            _ = try await server.request("POST", "/sse/refresh?id=0", headers: Self.bearer("alice") + ["Origin: https://evil.io"])
            #expect(self.refusals("sse")["origin"] == 1)
            _ = try await server.request("GET", "/ws")
            #expect(self.refusals("ws")["no_upgrade"] == 1)
            let foreign = try await WSTestClient.open(port: server.port, headers: Self.bearer("bob") + ["Origin: https://evil.io"])
            #expect(try await foreign.response().status == 403)
            await foreign.leave()
            #expect(self.refusals("ws")["origin"] == 1)
            // Each reason is one of a closed list, and nothing else is counted.
            #expect(
                Set(self.refusals("sse").keys).union(self.refusals("ws").keys) == [
                    "limit_user", "authentication", "kicked", "forbidden", "unauthorized", "not_acceptable", "bad_request", "origin", "no_upgrade",
                ]
            )
            await stream.close()
        }
    }

    @Test func limitsAreCountedByTheirKind() async throws {
        for (limits, reason) in [
            (ConnectionLimits(total: 1), "limit_total"), (ConnectionLimits(perAddress: 1), "limit_address"),
            (ConnectionLimits(handshakesPerSecond: 0.001, handshakeBurst: 1), "limit_rate"),
        ] {
            let limiter = try ConnectionLimiter(limits)
            let metrics = TestMetrics()
            let streams = try SSEManager(limiter: limiter, clock: SystemClock(), metrics: metrics)
            let router = Router().sse("/sse", try SSEPlugin<BasicRequestContext, Anonymous>(manager: streams))
            try await TestServer.run(router) { server in
                let (client, _) = try await SSETestClient.connected(port: server.port)
                _ = try await server.request("GET", "/sse")
                #expect(metrics.counterTotal(label: "rt.refusals", dimensions: [("transport", "sse"), ("reason", reason)]) == 1, "\(reason)")
                #expect(metrics.counterTotal(label: "rt.refusals") == 1)
                await client.close()
            }
        }
    }

    private static func bearer(_ user: String) -> [String] { ["Authorization: Bearer \(user)///"] }

    // MARK: Ends

    @Test func everyEndHasItsReason() async throws {
        let streams = try SSEManager(denyList: DenyList(), clock: SystemClock(), metrics: self.metrics)
        let router = Router().sse("/sse", try SSEPlugin<BasicRequestContext, TestUser>(manager: streams, auth: TimedTokens()))
        try await TestServer.run(router) { server in
            let (kicked, _) = try await SSETestClient.connected(port: server.port, headers: Self.bearer("alice"))
            let (leaving, _) = try await SSETestClient.connected(port: server.port)
            #expect(self.level("rt.connections", "sse") == 2)
            streams.kick(user: "alice")
            await leaving.close()
            try await eventually("both ends are counted") { self.count("rt.disconnects", "sse") == 2 }
            #expect(self.level("rt.connections", "sse") == 0)
            #expect(self.count("rt.disconnects", "sse", ("reason", "kicked")) == 1)
            #expect(self.count("rt.disconnects", "sse", ("reason", "client_closed")) == 1)
            await kicked.close()
        }
    }

    @Test func slowClientsAreCountedByWhatTheyRanInto() async throws {
        let budget = try OutboxBudget(maxBytes: 1 << 20)
        for (outbox, cause) in [
            (OutboxLimits(maxBytes: 1 << 30, maxAge: .seconds(3600)), "outbox_budget"), (OutboxLimits(maxBytes: 1 << 19), "outbox_bytes"),
        ] {
            let metrics = TestMetrics()
            let streams = try SSEManager(
                configuration: EngineConfiguration(outbox: outbox),
                outboxBudget: budget,
                clock: SystemClock(),
                metrics: metrics
            )
            let router = Router().sse("/sse", try SSEPlugin<BasicRequestContext, Anonymous>(manager: streams))
            try await TestServer.run(router) { server in
                let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a", receiveBuffer: 4096)
                try await client.stall()
                var number = 0
                while streams.connectionCount > 0 {
                    try streams.broadcast(.text(String(repeating: "x", count: 64 << 10)), to: "a")
                    try await eventually("the message is somewhere") { metrics.counterTotal(label: "rt.messages.published") == number + 1 }
                    number += 1
                    try #require(number < 1000, "the client is not ended")
                }
                try await eventually("nothing waits") { budget.bytes == 0 }
                #expect(metrics.counterTotal(label: "rt.evictions", dimensions: [("transport", "sse"), ("cause", cause)]) == 1, "\(cause)")
                #expect(metrics.counterTotal(label: "rt.evictions") == 1)
                let waiting = try metrics.expectMeter("rt.outbox.bytes", [("transport", "sse")])
                #expect((waiting.values.max() ?? 0) > 262_144)
                #expect(waiting.lastValue == 0)
                await client.close()
            }
        }
    }
}
