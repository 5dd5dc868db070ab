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

/// Users, sessions and tokens that are not wanted any more.
@Suite(.serialized, .timeLimit(.minutes(1))) struct KickTests {
    private static func bearer(_ token: String) -> [String] { ["Authorization: Bearer \(token)"] }

    @Test func aUserIsKickedEverywhereAndStaysOut() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (stream, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a", headers: Self.bearer("alice/100//t1"))
            let (socket, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//t2"))
            let (other, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("bob/100//t3"))
            #expect(test.streams.kick(user: "alice") == 2)
            try await stream.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            #expect(try await socket.untilClose().code == .forbidden)
            _ = try await other.roundTrip()
            // Whatever they come with.
            let again = try await WSTestClient.open(port: server.port, headers: Self.bearer("alice/100//t4"))
            #expect(try await again.response().status == 403)
            #expect(try await again.body() == #"{"message":"Forbidden"}"#)
            let stream2 = try await SSETestClient.open(port: server.port, "/sse", headers: Self.bearer("alice/100//t4"))
            #expect(try await stream2.response().status == 403)
            #expect(test.denyList.allow(user: "alice"))
            let (back, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//t4"))
            await back.leave()
            await other.leave()
        }
    }

    @Test func aConnectionIsKickedWithItsToken() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (first, id) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//t1"))
            let (second, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//t2"))
            #expect(test.sockets.kick(id) == 1)
            #expect(try await first.untilClose().code == .forbidden)
            _ = try await second.roundTrip()
            let again = try await WSTestClient.open(port: server.port, headers: Self.bearer("alice/100//t1"))
            #expect(try await again.response().status == 403)
            // Another token of the same user is good.
            let (third, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//t3"))
            for client in [second, third] { await client.leave() }
        }
    }

    @Test func aConnectionWithoutATokenIsKickedWithItsUser() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (first, id) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//"))
            let (second, _) = try await SSETestClient.connected(port: server.port, "/sse", headers: Self.bearer("alice/100//t2"))
            #expect(test.sockets.kick(id) == 2)
            #expect(try await first.untilClose().code == .forbidden)
            try await second.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            let again = try await WSTestClient.open(port: server.port, headers: Self.bearer("alice/100//t3"))
            #expect(try await again.response().status == 403)
        }
    }

    @Test func theBestCredentialSaysHowLongItsUserStaysOut() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            func kick(_ user: String, with credentials: String...) async throws {
                var clients: [WSTestClient] = []
                for credential in credentials {
                    clients.append(try await WSTestClient.connected(port: server.port, headers: Self.bearer(credential)).client)
                }
                #expect(test.sockets.kick(user: user) == credentials.count)
                for client in clients { #expect(try await client.untilClose().code == .forbidden) }
                let again = try await WSTestClient.open(port: server.port, headers: Self.bearer("\(user)/100//"))
                #expect(try await again.response().status == 403)
            }
            // One is over and in its grace, another is not.
            try await kick("alice", with: "alice/-5//t1", "alice/100//t2")
            // One without an end.
            try await kick("bob", with: "bob///")
        }
    }

    @Test func whoHasNoCredentialIsEndedAlone() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (first, id) = try await WSTestClient.connected(port: server.port)
            let (second, _) = try await WSTestClient.connected(port: server.port)
            #expect(test.sockets.kick(id) == 1)
            #expect(test.sockets.kick(id) == 0)
            #expect(try await first.untilClose().code == .forbidden)
            _ = try await second.roundTrip()
            await second.leave()
        }
    }

    @Test func aKickedTokenCannotBeBroughtToAnOpenConnection() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            test.denyList.kick(token: "t9")
            let (socket, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//t1"))
            try await socket.send(#"{"type":"refresh","token":"alice/100//t9"}"#)
            #expect(try await socket.untilClose().code == .forbidden)
            let (stream, id) = try await SSETestClient.connected(port: server.port, "/sse", headers: Self.bearer("alice/100//t1"))
            let answer = try await server.request("POST", "/sse/refresh?id=\(id)", headers: Self.bearer("alice/100//t9"))
            #expect(answer.status == 403)
            await stream.close()
        }
    }

    @Test func aClientThatIsKickedWhileItConnectsDoesNotStay() async throws {
        let list = DenyList()
        let manager = try WSManager(denyList: list)
        // After the credential was looked at, and before the connection is there.
        let hooks = WSHooks<TestUser>(onConnect: { _ in
            list.kick(user: "alice")
            return true
        })
        let plugin = try WebSocketPlugin<BasicRequestContext, TestUser>(manager: manager, auth: TimedTokens(), hooks: hooks)
        try await TestServer.run(Router().webSocket("/ws", plugin)) { server in
            let client = try await WSTestClient.open(port: server.port, headers: Self.bearer("alice/100//"))
            #expect(try await client.untilClose().code == .forbidden)
            #expect(manager.connectionCount == 0)
        }
    }

    @Test func aStreamThatIsKickedWhileItIsOpenedDoesNotStay() async throws {
        let list = DenyList()
        let manager = try SSEManager(denyList: list)
        let hooks = SSEHooks<TestUser>(onConnect: { _ in
            list.kick(user: "alice")
            return true
        })
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(manager: manager, auth: TimedTokens(), hooks: hooks)
        try await TestServer.run(Router().sse("/sse", plugin)) { server in
            let client = try await SSETestClient.open(port: server.port, headers: Self.bearer("alice/100//"))
            try await client.expect("connected")
            try await client.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            #expect(manager.connectionCount == 0)
        }
    }

    @Test func changedRightsAreAskedAboutAnew() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (socket, id) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//"))
            let (stream, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a,b", headers: Self.bearer("alice/100//"))
            let (other, otherID) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("bob/100//"))
            for client in [socket, other] { try await client.join("a", "b") }
            test.forbidden.add("b")
            #expect(await test.sockets.reauthorize(user: "alice") == 1)
            #expect(await test.streams.reauthorize(user: "alice") == 1)
            try await socket.expect(#"{"type":"left","room":"b"}"#)
            try await socket.expectError("denied", "Access denied to room 'b'")
            try await stream.expect("unsubscribed", #"{"channel":"b"}"#)
            try await stream.expect("unauthorized", #"{"channel":"b","message":"Access denied to channel 'b'"}"#)
            #expect(test.sockets.rooms(of: id) == ["a"])
            #expect(test.sockets.rooms(of: otherID) == ["a", "b"])
            #expect(await test.sockets.reauthorize(user: "nobody") == 0)
            for client in [socket, other] { await client.leave() }
            await stream.close()
        }
    }
}
