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

/// Another credential for a connection that is open.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RefreshTests {
    private static func bearer(_ token: String) -> [String] { ["Authorization: Bearer \(token)"] }

    // MARK: WebSockets

    @Test func aWebSocketGoesOnWithAnotherToken() async throws {
        let test = try AuthorityServer(refresh: .init(grace: .zero))
        try await test.run { server in
            let (client, id) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//t1"))
            try await client.send(#"{"type":"refresh","token":"alice/1000//t2","id":7}"#)
            let answer = try await client.next().text ?? ""
            #expect(answer.wholeMatch(of: /\{"type":"refreshed","expires":\d+,"id":7\}/) != nil, "\(answer)")
            try await test.clock.advance(by: .seconds(700))
            _ = try await client.roundTrip()
            // The token is the new one.
            #expect(test.sockets.kick(token: "t1") == 0)
            #expect(test.sockets.info(of: id) != nil)
            #expect(test.sockets.kick(token: "t2") == 1)
            #expect(try await client.untilClose().code == .forbidden)
        }
    }

    @Test func aTokenWithoutAnEndEndsTheWaiting() async throws {
        let test = try AuthorityServer(refresh: .init(grace: .zero))
        try await test.run { server in
            let (client, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//"))
            try await client.send(#"{"type":"refresh","token":"alice///"}"#)
            try await client.expect(#"{"type":"refreshed"}"#)
            try await test.clock.advance(by: .seconds(10_000))
            _ = try await client.roundTrip()
            await client.leave()
        }
    }

    @Test func anotherUsersTokenEndsTheWebSocket() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (client, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//"))
            try await client.send(#"{"type":"refresh","token":"bob/100//"}"#)
            #expect(try await client.untilClose().code == .forbidden)
            let (anonymous, _) = try await WSTestClient.connected(port: server.port)
            try await anonymous.send(#"{"type":"refresh","token":"bob/100//"}"#)
            #expect(try await anonymous.untilClose().code == .forbidden)
        }
    }

    @Test func aBadTokenChangesNothing() async throws {
        let test = try AuthorityServer(refresh: .init(grace: .zero))
        try await test.run { server in
            let (client, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//"))
            try await client.send(#"{"type":"refresh","token":"nonsense"}"#)
            try await client.expectError("denied", "The token is not good")
            try await client.send(#"{"type":"refresh","token":"broken/1//"}"#)
            try await client.expectError("denied", "The token cannot be checked now")
            for bad in [#"{"type":"refresh"}"#, #"{"type":"refresh","token":7}"#] {
                try await client.send(bad)
                try await client.expectError("invalid_message", "Invalid message")
            }
            try await test.clock.advance(by: .seconds(101))
            #expect(try await client.untilClose().code == .expired)
        }
    }

    @Test func otherScopesAreAskedAboutAnew() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (client, id) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100/read.write/"))
            try await client.join("read-a", "write-a", "open")
            try await client.send(#"{"type":"refresh","token":"alice/100/read/"}"#)
            #expect(try await client.next().text?.contains("refreshed") == true)
            try await client.expect(#"{"type":"left","room":"write-a"}"#)
            try await client.expectError("denied", "Access denied to room 'write-a'")
            #expect(test.sockets.rooms(of: id) == ["read-a", "open"])
            await client.leave()
        }
    }

    @Test func refreshingCanBeSwitchedOff() async throws {
        let test = try AuthorityServer(refresh: .init(isAllowed: false))
        try await test.run { server in
            let (client, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//"))
            try await client.send(#"{"type":"refresh","token":"alice/1000//"}"#)
            try await client.expectError("unknown_type", "Unknown type: refresh")
            #expect(try await server.request("POST", "/sse/refresh?id=x", headers: Self.bearer("alice/100//")).status == 404)
            await client.leave()
        }
    }

    @Test func whereNoTokenCanBeBroughtItIsAMessageLikeAnother() async throws {
        let types = Recorder<String>()
        let hooks = WSHooks<TestUser>(onMessage: { info in
            types.add(info.type)
            return nil
        })
        try await TestServer.run(WSManager(), .init(), hooks) { server in
            let (client, _) = try await server.connected()
            try await client.send(#"{"type":"refresh","token":"alice/100//"}"#)
            try await eventually("the hook has been asked") { types.values == ["refresh"] }
            await client.leave()
        }
    }

    @Test func usersWithoutAnIDCannotBeToldApart() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (client, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("/100//"))
            try await client.send(#"{"type":"refresh","token":"/100//"}"#)
            #expect(try await client.untilClose().code == .forbidden)
            let (stream, id) = try await SSETestClient.connected(port: server.port, "/sse", headers: Self.bearer("/100//"))
            #expect(try await server.request("POST", "/sse/refresh?id=\(id)", headers: Self.bearer("/1000//")).status == 403)
            await stream.close()
        }
    }

    @Test func noTokenIsLoggedOrAnswered() async throws {
        let log = LogRecorder()
        let test = try AuthorityServer(logger: log.logger)
        try await test.run { server in
            let (client, _) = try await WSTestClient.connected(port: server.port, headers: Self.bearer("alice/100//"))
            let (stream, id) = try await SSETestClient.connected(port: server.port, "/sse", headers: Self.bearer("alice/100//"))
            for token in ["alice/100/hunter2/", "hunter2", "broken/hunter2//", "bob/100/hunter2/"] {
                let answer = try await server.request("POST", "/sse/refresh?id=\(id)", headers: Self.bearer(token))
                #expect(!answer.body.contains("hunter2"))
                try await client.send(#"{"type":"refresh","token":"\#(token)"}"#)
                guard !token.hasPrefix("bob") else { break }
                #expect(try await client.next().text?.contains("hunter2") == false)
            }
            #expect(try await !client.untilClose().reason.contains("hunter2"))
            await stream.close()
        }
        #expect(!log.records.values.isEmpty)
        #expect(!log.records.values.contains { $0.contains("hunter2") })
    }

    // MARK: Event streams

    @Test func aStreamGoesOnWithAnotherToken() async throws {
        let test = try AuthorityServer(refresh: .init(grace: .zero))
        try await test.run { server in
            let (client, id) = try await SSETestClient.connected(
                port: server.port,
                "/sse?channels=read-a,write-a",
                headers: Self.bearer("alice/100/read.write/t1")
            )
            let answer = try await server.request("POST", "/sse/refresh?id=\(id)", headers: Self.bearer("alice/1000/read/t2"))
            #expect(answer.status == 200)
            #expect(answer.body.wholeMatch(of: /\{"success":true,"expires":\d+\}/) != nil, "\(answer.body)")
            try await client.expect("unsubscribed", #"{"channel":"write-a"}"#)
            try await client.expect("unauthorized", #"{"channel":"write-a","message":"Access denied to channel 'write-a'"}"#)
            try await test.clock.advance(by: .seconds(700))
            try test.streams.broadcast(.text("still"), to: "read-a")
            #expect(try await client.next().data == "still")
            #expect(test.streams.kick(token: "t2") == 1)
            try await eventually("the connections are gone") { test.streams.connectionCount == 0 }
        }
    }

    @Test func aStreamIsRefreshedAtItsOwnEndpointOnly() async throws {
        let manager = try SSEManager(denyList: DenyList())
        let router = Router()
        for path in ["/a", "/b"] {
            router.sse("\(path)", try SSEPlugin<BasicRequestContext, TestUser>(manager: manager, auth: TimedTokens()))
        }
        try await TestServer.run(router) { server in
            let (client, id) = try await SSETestClient.connected(port: server.port, "/a", headers: Self.bearer("alice/100//"))
            #expect(try await server.request("POST", "/b/refresh?id=\(id)", headers: Self.bearer("alice/100//")).status == 404)
            #expect(try await server.request("POST", "/a/refresh?id=\(id)", headers: Self.bearer("alice/100//")).status == 200)
            await client.close()
        }
    }

    @Test func aRefreshedStreamIsAskedAboutByTheRequestThatOpenedIt() async throws {
        let (manager, asked) = (try SSEManager(denyList: DenyList()), Recorder<String>())
        let hooks = SSEHooks<TestUser>(onSubscribe: { info in
            asked.add("\(info.channel) \(info.request.uri.string) \(info.authentication?.tokenID ?? "")")
            return true
        })
        let router = Router().sse("/sse", try SSEPlugin<BasicRequestContext, TestUser>(manager: manager, auth: TimedTokens(), hooks: hooks))
        try await TestServer.run(router) { server in
            let path = "/sse?channels=a&team=7"
            let (client, id) = try await SSETestClient.connected(port: server.port, path, headers: Self.bearer("alice/100//t1"))
            for token in ["t2", "t3"] {
                #expect(try await server.request("POST", "/sse/refresh?id=\(id)", headers: Self.bearer("alice/100//\(token)")).status == 200)
            }
            #expect(await manager.reauthorize(user: "alice") == 1)
            #expect(asked.values == ["a \(path) t1", "a \(path) t3"])
            await client.close()
        }
    }

    @Test func hooksSeeTheNewCredentialOfAStream() async throws {
        var configuration = LiveStream.configuration
        configuration.heartbeat = .disabled
        let seen = Recorder<Set<String>>()
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(
            manager: SSEManager(denyList: DenyList()),
            configuration: configuration,
            auth: TimedTokens(),
            hooks: .init(onSubscribe: { info in
                seen.add(info.authentication?.scopes ?? [])
                return true
            })
        )
        try await TestServer.run(Router().sse("/sse", plugin)) { server in
            let stream = try await LiveStream(server, headers: Self.bearer("alice/100/old/"))
            #expect(try await server.request("POST", "/sse/refresh?id=\(stream.id)", headers: Self.bearer("alice/100/new/")).status == 200)
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("a"))").status == 200)
            #expect(seen.values == [["new"]])
            await stream.client.close()
        }
    }

    @Test func strangersCannotRefreshAStream() async throws {
        let test = try AuthorityServer()
        try await test.run { server in
            let (client, id) = try await SSETestClient.connected(port: server.port, "/sse?channels=a", headers: Self.bearer("alice/100//"))
            let (open, anonymous) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            func status(_ query: String, _ headers: [String]) async throws -> Int {
                try await server.request("POST", "/sse/refresh\(query)", headers: headers).status
            }
            #expect(try await status("?id=\(id)", Self.bearer("bob/100//")) == 403)
            #expect(try await status("?id=\(anonymous)", Self.bearer("bob/100//")) == 404)
            #expect(try await status("?id=\(id)", []) == 401)
            #expect(try await status("?id=\(id)", Self.bearer("nonsense")) == 401)
            #expect(try await status("?id=\(id)", Self.bearer("alice/100//") + ["Origin: https://evil.example"]) == 403)
            #expect(try await status("?id=0123", Self.bearer("alice/100//")) == 400)
            #expect(try await status("", Self.bearer("alice/100//")) == 400)
            #expect(try await status("?id=%zz", Self.bearer("alice/100//")) == 400)
            #expect(test.streams.connectionCount == 2)
            await client.close()
            await open.close()
        }
    }
}
