//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Who gets a WebSocket.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSAdmissionTests {
    // MARK: Pages

    /// Expects a handshake with some header fields to be accepted, or refused with 403.
    private func expect(_ isAccepted: Bool, _ server: TestServer, _ headers: [String]) async throws {
        let client = try await WSTestClient.open(port: server.port, headers: headers)
        defer { Task { await client.leave() } }
        #expect(try await client.response().status == (isAccepted ? 101 : 403), "\(headers)")
    }

    @Test func onlyPagesOfTheServersOwnOriginMayConnect() async throws {
        try await TestServer.run(WSManager()) { server in
            for (headers, isAccepted) in [
                ([], true),
                (["Origin: http://127.0.0.1:\(server.port)"], true),
                (["Origin: https://127.0.0.1:\(server.port)"], true),
                (["Origin: http://127.0.0.1"], false),
                (["Origin: http://127.0.0.1.example.com:\(server.port)"], false),
                (["Origin: https://example.com"], false),
                (["Origin: null"], false),
                (["Origin: http://127.0.0.1:\(server.port)", "Origin: https://example.com"], false),
                (["Sec-Fetch-Site: cross-site", "Cookie: session=1"], false),
                (["Sec-Fetch-Site: same-origin", "Cookie: session=1"], true),
            ] {
                try await self.expect(isAccepted, server, headers)
            }
        }
    }

    @Test func otherPagesMayConnectWhereTheyAreListed() async throws {
        let listed = WSConfiguration.with { $0.origin = .origins(["https://app.example.com"], requireOrigin: true) }
        try await TestServer.run(WSManager(), listed) { server in
            try await self.expect(true, server, ["Origin: https://app.example.com"])
            try await self.expect(true, server, ["Origin: https://app.example.com", "Sec-Fetch-Site: cross-site", "Cookie: a=b"])
            try await self.expect(false, server, ["Origin: http://app.example.com"])
            try await self.expect(false, server, [])
        }
        try await TestServer.run(WSManager(), .with { $0.origin = .any }) { server in
            try await self.expect(true, server, ["Origin: https://example.com"])
            try await self.expect(true, server, ["Origin: null"])
        }
    }

    // MARK: Subprotocols and fields

    @Test(
        arguments: [
            ([], nil), (["c"], nil), (["b"], "b"), (["a", "b"], "b"), (["c", "a"], "a"), (["B"], nil),
        ] as [([String], String?)]
    )
    func theServersFavouriteOfTheClientsSubprotocolsIsChosen(offered: [String], chosen: String?) async throws {
        try await TestServer.run(WSManager(), .with { $0.subprotocols = ["b", "a"] }) { server in
            let (client, _) = try await server.connected(options: .init(subprotocols: offered))
            #expect(await client.subprotocol == chosen)
            await client.leave()
        }
    }

    @Test func theResponseHasTheFieldsOfTheSettings() async throws {
        try await TestServer.run(WSManager(), .with { $0.headers = [.server: "mine"] }) { server in
            let (client, _) = try await server.connected()
            #expect(await client.head?.headers["server"] == "mine")
            await client.leave()
        }
    }

    // MARK: Hooks

    @Test(
        arguments: [
            (nil, false.decision, 401, "Unauthorized"),
            ("alice", false.decision, 403, "Forbidden"),
            ("alice", "Not today".decision, 403, "Not today"),
            (nil, "Sign in first".decision, 401, "Sign in first"),
        ] as [(String?, AccessDecision, Int, String)]
    )
    func aDeniedConnectionGetsAStatusAndAMessage(user: String?, decision: AccessDecision, status: Int, message: String) async throws {
        let ends = Recorder<DisconnectReason>()
        let manager = try WSManager()
        try await TestServer.run(manager, .init(), .init(onConnect: { _ in decision }, onDisconnect: { ends.add($0.reason) })) { server in
            let client = try await WSTestClient.open(port: server.port, headers: user.map { ["From: \($0)"] } ?? [])
            let head = try await client.response()
            #expect(head.status == status)
            #expect(head.headers["www-authenticate"] == (status == 401 ? "Bearer" : nil))
            #expect(head.headers["connection"] == "close")
            #expect(try await client.body() == "{\"message\":\"\(message)\"}")
            #expect(manager.connectionCount == 0)
        }
        #expect(ends.values.isEmpty)
    }

    @Test func anErrorOfTheHookDeniesAndAnHTTPErrorKeepsItsStatus() async throws {
        struct Failure: Error, CustomStringConvertible {
            var description: String { "hunter2" }
        }
        let hooks = WSHooks<TestUser>(onConnect: { info in
            if info.user == nil { throw HTTPError(.init(code: 402), message: "card 4711 declined") }
            throw Failure()
        })
        try await TestServer.run(WSManager(), .init(), hooks) { server in
            let anonymous = try await WSTestClient.open(port: server.port)
            #expect(try await anonymous.response().status == 402)
            #expect(try await !anonymous.body().contains("4711"))
            let alice = try await WSTestClient.open(port: server.port, headers: ["From: alice"])
            #expect(try await alice.response().status == 403)
            #expect(try await alice.body() == #"{"message":"Forbidden"}"#)
        }
    }

    @Test func aRejectedCredentialIsNeverAnonymous() async throws {
        struct Rejecting: AuthResolver {
            func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<TestUser> { .rejected }
        }
        try await TestServer.run(Router().webSocket("/ws", auth: Rejecting())) { server in
            let client = try await WSTestClient.open(port: server.port)
            #expect(try await client.response().status == 401)
        }
    }

    @Test func aFailingStoreAsksClientsToComeBackLater() async throws {
        struct StoreIsDown: Error {}
        let router = Router().webSocket("/ws", resolveUser: { _, _ -> TestUser? in throw StoreIsDown() })
        try await TestServer.run(router) { server in
            let client = try await WSTestClient.open(port: server.port, headers: ["Accept: text/event-stream"])
            let head = try await client.response()
            #expect(head.status == 503)
            #expect(head.headers["retry-after"].flatMap { Int($0) }.map { (1...5).contains($0) } == true)
            #expect(head.headers["connection"] == "close")
        }
    }

    // MARK: Limits

    private static let limits: [(ConnectionLimits, Int)] = [
        (.init(total: 1), 503), (.init(perUser: 1), 429), (.init(perAddress: 1), 429), (.init(handshakesPerSecond: 0.001, handshakeBurst: 1), 503),
    ]

    @Test(arguments: Self.limits) func connectionsBeyondALimitAreRefused(limits: ConnectionLimits, status: Int) async throws {
        let limiter = try ConnectionLimiter(limits)
        try await TestServer.run(WSManager(limiter: limiter)) { server in
            let (first, _) = try await server.connected(user: "alice")
            let second = try await WSTestClient.open(port: server.port, headers: ["From: alice"])
            let head = try await second.response()
            #expect(head.status == status)
            #expect(head.headers["retry-after"] != nil)
            #expect(head.headers["connection"] == "close")
            _ = try await second.body()
            await first.leave()
            guard limits.handshakesPerSecond == nil else { return }
            try await eventually("there is room again") {
                let third = try await WSTestClient.open(port: server.port, headers: ["From: alice"])
                defer { Task { await third.leave() } }
                return try await third.response().status == 101
            }
        }
    }

    @Test func aRefusedConnectionTakesNoPlace() async throws {
        let limiter = try ConnectionLimiter(.init(total: 2))
        try await TestServer.run(WSManager(limiter: limiter), .init(), .init(onConnect: { $0.user != nil })) { server in
            for headers in [[], ["Origin: https://example.com"], ["Sec-WebSocket-Protocol: a, a"]] {
                _ = try await WSTestClient.open(port: server.port, headers: headers).body()
                #expect(limiter.room == 2)
            }
            let (client, _) = try await server.connected(user: "alice")
            #expect(limiter.room == 1)
            try await client.close()
            try await client.untilClose()
            try await eventually("the place is given back") { limiter.room == 2 }
        }
    }

    @Test func whileTheManagerShutsDownNewcomersAreAskedToComeBackLater() async throws {
        let clock = ManualClock()
        let manager = try WSManager(configuration: .init(drainGrace: .seconds(1)), clock: clock)
        try await TestServer.run(manager) { server in
            // One that does not go: the shutdown has to wait.
            let (client, _) = try await server.connected(options: .init().with { $0.answersClose = false })
            let drain = Task { await manager.shutdown() }
            try await eventually("the shutdown waits") { clock.sleeperCount == 1 }
            let newcomer = try await WSTestClient.open(port: server.port)
            let head = try await newcomer.response()
            #expect(head.status == 503)
            #expect(head.headers["retry-after"] != nil)
            try await clock.run(until: drain)
            try await client.cut()
            let (late, _) = try await server.connected()
            await late.leave()
        }
    }

    // MARK: Settings

    @Test func badSettingsAreRefusedWithWhatIsAccepted() throws {
        var changes: [(inout WSConfiguration) -> Void] = []
        changes.append { $0.heartbeat = .init(interval: .milliseconds(99)) }
        changes.append { $0.heartbeat = .init(timeout: .seconds(86_401)) }
        changes.append { $0.heartbeat = .init(sendsMessage: false, sendsPing: false) }
        changes.append { $0.origin = .origins(["https://a.example/path"]) }
        changes.append { $0.subprotocols = ["a b"] }
        changes.append { $0.subprotocols = [""] }
        changes.append { $0.maxMessageBytes = 0 }
        changes.append { $0.maxFragments = 0 }
        changes.append { $0.maxJSONDepth = 0 }
        changes.append { $0.maxJSONDepth = 129 }
        changes.append { $0.maxRooms = 0 }
        changes.append { $0.maxNameLength = 256 }
        changes.append { $0.messageRate = .init(perSecond: 0, burst: 1) }
        changes.append { $0.messageRate = .init(perSecond: 1, burst: 0) }
        changes.append { $0.maxErrors = 0 }
        changes.append { $0.hookTimeout = .zero }
        changes.append { $0.maxRunningHooks = 0 }
        changes.append { $0.maxConnectionAge = .milliseconds(999) }
        for (number, change) in changes.enumerated() {
            let error = #expect(throws: RealtimeError.self, "number \(number)") {
                try WebSocketPlugin<BasicRequestContext, TestUser>.forTests(WSManager(), .with(change))
            }
            #expect(error?.code == .invalidConfiguration)
        }
        var handlers: [(inout WSHandler<BasicRequestContext>.Configuration) -> Void] = []
        handlers.append { $0.heartbeat = .pings(every: .zero) }
        handlers.append { $0.origin = .origins(["*"]) }
        handlers.append { $0.subprotocols = ["a,b"] }
        handlers.append { $0.maxMessageBytes = (1 << 30) + 1 }
        handlers.append { $0.maxFragments = 0 }
        handlers.append { $0.maxConnectionAge = .zero }
        for (number, change) in handlers.enumerated() {
            var configuration = WSHandler<BasicRequestContext>.Configuration()
            change(&configuration)
            let error = #expect(throws: RealtimeError.self, "number \(number)") {
                try WSHandler<BasicRequestContext>(configuration: configuration) { _, _ in }
            }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
