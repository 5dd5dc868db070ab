//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// The seat that a connection has with its limiter is given back, whatever becomes of the request or the stream.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ConnectionSeatTests {
    private static let limits = ConnectionLimits(total: 3, perUser: 3, perAddress: 3)

    /// The hooks let through everybody but a user `refused`, and every channel but `denied`.
    private static let hooks = SSEHooks<TestUser>(
        onConnect: { $0.userID != "refused" },
        onSubscribe: { $0.channel != "denied" }
    )

    /// What may become of a request.
    enum End: CaseIterable {
        case clientCloses
        case clientHalfCloses
        case clientResets
        case kicked
        case refused
        case noChannelGranted
        case badQuery
        case head

        func bringAbout(_ server: TransportPath.Server, _ manager: SSEManager) async throws {
            switch self {
            case .clientCloses:
                await (try await server.connected(headers: ["From: alice"])).client.close()
            case .clientHalfCloses:
                let (client, _) = try await server.connected(headers: ["From: alice"])
                // Without the channel nobody sees that a client has stopped sending.
                if server.path.noticesEnds { try await client.closeOutput() } else { await client.close() }
            case .clientResets:
                try await (try await server.connected(headers: ["From: alice"])).client.cut()
            case .kicked:
                let (client, id) = try await server.connected(headers: ["From: alice"])
                manager.disconnect(id)
                try await client.expect("disconnect")
                #expect(try await client.nextOrEnd() == nil)
                await client.close()
            case .refused: try await self.expect(403, from: server.open(headers: ["From: refused"]))
            case .noChannelGranted: try await self.expect(403, from: server.open("/sse?channels=denied", headers: ["From: alice"]))
            case .badQuery: try await self.expect(400, from: server.open("/sse?channels=%zz", headers: ["From: alice"]))
            case .head: try await self.expect(200, from: server.open(method: "HEAD", headers: ["From: alice"]))
            }
        }

        private func expect(_ status: Int, from client: SSETestClient) async throws {
            #expect(try await client.response().status == status)
            await client.close()
        }
    }

    @Test(arguments: [.direct, .throughNIO, .tls, .unknownPipeline, .http2, .http2Writer, .writer, .wrappedWriter] as [TransportPath])
    func aSeatIsGivenBackWhateverEndsTheStream(path: TransportPath) async throws {
        let limiter = try ConnectionLimiter(Self.limits)
        let manager = try SSEManager(configuration: .init(directSocketWrites: path != .throughNIO), limiter: limiter)
        var configuration = SSEConfiguration()
        configuration.denyStreamIfNoChannelGranted = true
        configuration.temporaryRefusal = .serviceUnavailable
        try await path.run(manager, configuration: configuration, hooks: Self.hooks) { server in
            for end in End.allCases {
                try await end.bringAbout(server, manager)
                try await eventually("its seat is given back after \(end)") {
                    if !path.noticesEnds { _ = try manager.broadcastAll("tick", "") }
                    return limiter.room == 3
                }
            }
            // The address and the user have all of theirs back as well, and not one more.
            var clients: [SSETestClient] = []
            for status in [200, 200, 200, 503] {
                let client = try await server.open(headers: ["From: alice"])
                #expect(try await client.response().status == status)
                clients.append(client)
            }
            #expect(limiter.room == 0)
            for client in clients { await client.close() }
        }
        #expect(limiter.room == 3)
    }

    @Test func aUserBeyondTheLimitTakesNoSeatOfOthers() async throws {
        let limiter = try ConnectionLimiter(.init(total: 3, perUser: 1))
        let manager = try SSEManager(limiter: limiter)
        try await TransportPath.direct.run(manager) { server in
            let (client, _) = try await server.connected(headers: ["From: alice"])
            for _ in 0..<5 { #expect(try await server.open(headers: ["From: alice"]).nextComment() == "come back later") }
            try await eventually("only the stream has a seat") { limiter.room == 2 }
            await client.close()
            try await eventually("nobody has one") { limiter.room == 3 }
        }
    }

    @Test func aRejectedCredentialOrAFailingStoreTakesNoSeat() async throws {
        struct Unreliable: AuthResolver {
            func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<TestUser> {
                if request.headers[.from] == "wrong" { return .rejected }
                throw CancellationError()
            }
        }
        let limiter = try ConnectionLimiter(.init(total: 1))
        let router = Router().sse("/sse", try SSEPlugin(manager: SSEManager(limiter: limiter), auth: Unreliable()))
        try await TestServer.run(router) { server in
            for _ in 0..<2 {
                let rejected = try await server.request("GET", "/sse", headers: ["From: wrong"])
                #expect(rejected.status == 401)
                let failed = try await server.request("GET", "/sse")
                #expect(failed.status == 503)
            }
            #expect(limiter.room == 1)
        }
    }

    @Test(arguments: Leaving.allCases) func aSeatIsTakenWhileTheHooksDecide(leaving: Leaving) async throws {
        let limiter = try ConnectionLimiter(.init(total: 2))
        let manager = try SSEManager(limiter: limiter, clock: ManualClock())
        let (gate, asked) = (Gate(), Recorder<Void>())
        let hooks = SSEHooks<TestUser>(onConnect: { _ in
            asked.add(())
            await gate.pass()
            return true
        })
        try await TransportPath.direct.run(manager, hooks: hooks) { server in
            let stays = try await server.open()
            let leaves = try await server.open()
            try await eventually("two hooks wait") { asked.values.count == 2 }
            #expect(limiter.room == 0)
            #expect(try await server.open().nextComment() == "come back later")
            try await leaving.leave(leaves)
            gate.open()
            _ = try await stays.connectionID()
            try await eventually("only the stream that was not left has a seat") { limiter.room == 1 && manager.connectionCount == 1 }
            await stays.close()
            try await eventually("nobody has one") { limiter.room == 2 }
        }
    }

    @Test(arguments: MeddlingMiddleware.Kind.allCases, [true, false])
    func aSeatIsGivenBackWhenAMiddlewareReplacesTheStream(kind: MeddlingMiddleware.Kind, isTakenOver: Bool) async throws {
        let limiter = try ConnectionLimiter(.init(total: 1))
        let manager = try SSEManager(limiter: limiter)
        let router = Router().add(middleware: MeddlingMiddleware(kind: kind)).sse("/sse", try SSEPlugin(manager: manager))
        try await TestServer.run(router, server: isTakenOver ? .realtime() : .http1()) { server in
            for _ in 0..<2 {
                let client = try await SSETestClient.open(port: server.port)
                #expect(try await client.response().status == kind.status)
                try await eventually("its seat is given back") { limiter.room == 1 }
                await client.close()
            }
            #expect(manager.connectionCount == 0)
        }
    }

    @Test func seatsAreGivenBackWhenTheServerStops() async throws {
        let limiter = try ConnectionLimiter(.init(total: 3))
        let manager = try SSEManager(limiter: limiter)
        try await TransportPath.direct.run(manager, services: [manager]) { server in
            var clients: [SSETestClient] = []
            for _ in 0..<3 { clients.append(try await server.connected().client) }
            #expect(limiter.room == 0)
            await server.base.stop()
            for client in clients { try await client.expect("disconnect") }
            try await eventually("all seats are given back") { limiter.room == 3 }
        }
    }
}
