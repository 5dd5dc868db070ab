//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import Testing

/// What becomes of connections whose credential expires.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ExpiryTests {
    private static func bearer(_ token: String) -> [String] { ["Authorization: Bearer \(token)"] }

    @Test func aStreamIsToldAndEndsAfterTheGrace() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (client, id) = try await SSETestClient.connected(port: server.port, "/sse?channels=a", headers: Self.bearer("alice/100//"))
            try await test.clock.advance(by: .seconds(79))
            #expect(test.streams.info(of: id) != nil)
            try await test.clock.advance(by: .seconds(2))
            let notice = try await client.next()
            #expect(notice.event == "auth_expiring")
            #expect(notice.data.wholeMatch(of: /\{"expires":\d+\}/) != nil, "\(notice.data)")
            // The grace is 25 s.
            try await test.clock.advance(by: .seconds(43))
            try test.streams.broadcast(.text("still"), to: "a")
            #expect(try await client.next().data == "still")
            try await test.clock.advance(by: .seconds(2))
            try await client.expect("disconnect", #"{"reason":"expired","reconnect":true}"#)
            #expect(test.streams.info(of: id) == nil)
        }
    }

    @Test func aWebSocketIsToldAndEndsAfterTheGrace() async throws {
        let test = try AuthorityServer(refresh: .init(grace: .seconds(5)))
        try await test.run { server in
            let (client, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//"))
            try await test.clock.advance(by: .seconds(81))
            let notice = try await client.next().text ?? ""
            #expect(notice.wholeMatch(of: /\{"type":"auth_expiring","expires":\d+\}/) != nil, "\(notice)")
            try await test.clock.advance(by: .seconds(23))
            _ = try await client.roundTrip()
            try await test.clock.advance(by: .seconds(2))
            #expect(try await client.untilClose().code == .expired)
        }
    }

    @Test func whatDoesNotExpireStays() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (stream, _) = try await SSETestClient.connected(port: server.port, "/sse", headers: Self.bearer("alice///"))
            let (socket, _) = try await WSTestClient.connected(port: server.port)
            try await test.clock.advance(by: .seconds(100_000))
            _ = try await socket.roundTrip()
            #expect(test.streams.connectionCount == 1)
            await stream.close()
            await socket.leave()
        }
    }

    @Test func manyThatExpireAtOnceEndAtOnce() async throws {
        let test = try AuthorityServer(refresh: .init(grace: .zero))
        try await test.run { server in
            var clients: [WSTestClient] = []
            for _ in 0..<200 {
                clients.append(try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//")).client)
            }
            try await test.clock.advance(by: .seconds(101))
            for client in clients { #expect(try await client.untilClose().code == .expired) }
            try await eventually("the connections are gone") { test.sockets.connectionCount == 0 }
        }
    }

    @Test(arguments: [Duration.seconds(-1), .seconds(601)]) func aBadGraceIsRefused(grace: Duration) {
        var streams = SSEConfiguration()
        streams.refresh.grace = grace
        #expect(throws: RealtimeError.self) { try SSEPlugin<BasicRequestContext, Anonymous>(configuration: streams) }
        var sockets = WSConfiguration()
        sockets.refresh.grace = grace
        #expect(throws: RealtimeError.self) { try WebSocketPlugin<BasicRequestContext, Anonymous>(configuration: sockets) }
    }
}
