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

@testable import RealtimeKit

/// Who is recognised by a session's cookie, asked over a real connection.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SessionCookieResolverTests {
    private func cookie(_ session: IssuedSession) -> String { "Cookie: __Host-session=\(session.id)" }

    // MARK: Outcomes

    @Test func aGoodSessionIsAUser() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice", data: ["theme": "dark"])
        rig.clock.move(by: 50)
        let manager = try SSEManager()
        try await rig.run(sse: manager) { server in
            let answer = try await server.request("GET", "/me", headers: ["Cookie: a=b; __Host-session=\(session.id)"])
            #expect(answer.body == "alice session true 3021693800 \(session.record.digest)")
            let (client, _) = try await SSETestClient.connected(port: server.port, headers: [cookie(session)])
            #expect(try manager.send(SSEEvent(event: "hello", data: "you"), toUser: "alice") == 1)
            try await client.expect("hello", "you")
            await client.close()
        }
    }

    @Test func theNameOfAUserMayBeAnother() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        let auth = SessionCookieResolver(rig.sessions, userID: { "user:\($0.id)" }, user: { TestUser(id: $0.userID) })
        try await rig.run(auth: auth) { server in
            let answer = try await server.request("GET", "/me", headers: [cookie(session)])
            #expect(answer.body.hasPrefix("user:alice "))
        }
    }

    @Test func withoutTheCookieARequestIsAnonymous() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        try await rig.run { server in
            for headers in [[], ["Cookie: session=\(session.id)"], ["Cookie: __host-session=\(session.id)"], ["Authorization: Bearer \(session.id)"]]
            {
                #expect(try await server.request("GET", "/me", headers: headers).body == "nobody", "\(headers)")
            }
            let (client, _) = try await SSETestClient.connected(port: server.port)
            await client.close()
        }
    }

    @Test func aCookieThatIsNotGoodIsRefusedEverywhere() async throws {
        let rig = try SessionTestRig()
        func id(_ userID: String = "alice") async throws -> String { try await rig.sessions.create(for: userID).id }
        let expired = try await id()
        rig.clock.move(by: 100)
        let (good, revoked, rotated, gone, swept) = try await (id(), id(), id(), id("gone"), id("swept"))
        try await rig.sessions.revoke(revoked)
        _ = try await rig.sessions.rotate(rotated)
        try await rig.sessions.revokeAll(of: "swept")
        let name = "__Host-session"
        let headers: [[String]] = [
            ["Cookie: \(name)=\(expired)"], ["Cookie: \(name)=\(revoked)"], ["Cookie: \(name)=\(rotated)"], ["Cookie: \(name)=\(gone)"],
            ["Cookie: \(name)=\(swept)"], ["Cookie: \(name)=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"], ["Cookie: \(name)="],
            ["Cookie: \(name)=\"\""], ["Cookie: \(name)=short"], ["Cookie: \(name)=\(good)x"], ["Cookie: \(name)=\(good).x"],
            ["Cookie: \(name)=\(String(repeating: "a", count: 9000))"], ["Cookie: \(name)=\(good); \(name)=\(good)"],
            ["Cookie: \(name)=\(good); \(name)=other"], ["Cookie: \(name)=\(good)", "Cookie: \(name)=\(good)"],
        ]
        try await rig.run { server in
            for headers in headers {
                for path in ["/me", "/sse"] {
                    let answer = try await server.request("GET", path, headers: headers)
                    #expect(answer.status == 401, "\(path) \(headers)")
                    // Clearing it here could take away the cookie of a user who signs in meanwhile.
                    #expect(answer.headers["set-cookie"] == nil)
                }
                let client = try await WSTestClient.open(port: server.port, headers: headers)
                #expect(try await client.response().status == 401, "\(headers)")
                await client.leave()
            }
            #expect(try await server.request("GET", "/me", headers: ["Cookie: \(name)=\(good)"]).status == 200)
        }
    }

    @Test func aStoreThatFailsRefusesForTheTimeBeing() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        let unlucky = try await rig.sessions.create(for: "unlucky")
        try await rig.run { server in
            func expectRefusal(_ headers: [String]) async throws {
                for path in ["/me", "/sse"] {
                    let answer = try await server.request("GET", path, headers: headers)
                    #expect(answer.status == 503, "\(path)")
                    #expect(answer.headers["retry-after"] != nil)
                    #expect(!answer.body.contains("could not"))
                }
                // A browser's EventSource would give up for good on 503.
                let stream = try await server.request("GET", "/sse", headers: headers + ["Accept: text/event-stream"])
                #expect(stream.status == 200)
                #expect(stream.body.hasPrefix("retry: "))
                #expect(!stream.body.contains("connected"))
                let client = try await WSTestClient.open(port: server.port, headers: headers)
                #expect(try await client.response().status == 503)
                await client.leave()
            }
            try await expectRefusal([cookie(unlucky)])
            await rig.driver.fail(.get)
            try await expectRefusal([cookie(session)])
            // Nothing has to be looked up for these.
            #expect(try await server.request("GET", "/me").body == "nobody")
            #expect(try await server.request("GET", "/me", headers: ["Cookie: __Host-session=short"]).status == 401)
            await rig.driver.fail()
            #expect(try await server.request("GET", "/me", headers: [cookie(session)]).status == 200)
        }
    }

    @Test func aBadBearerTokenIsNotPassedOverForAGoodCookie() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        let auth = AuthResolverChain {
            rig.resolver
            BearerTokenResolver(userID: nil) { token in token == "good" ? TestUser(id: "bob") : nil }
        }
        try await rig.run(auth: auth) { server in
            for (headers, status, body) in [
                ([cookie(session)], 200, "alice session"),
                ([cookie(session), "Authorization: Bearer bad"], 401, ""),
                ([cookie(session), "Authorization: Bearer good"], 200, "- bearer"),
                (["Cookie: __Host-session=bad", "Authorization: Bearer good"], 200, "- bearer"),
            ] {
                let answer = try await server.request("GET", "/me", headers: headers)
                #expect(answer.status == status, "\(headers)")
                #expect(status != 200 || answer.body.hasPrefix(body), "\(headers)")
            }
        }
    }

    // MARK: An open connection

    @Test func anOpenStreamIsNoUse() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        let manager = try SSEManager()
        try await rig.run(sse: manager) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, headers: [cookie(session)])
            for _ in 0..<10 {
                rig.clock.move(by: 10)
                try manager.send(SSEEvent(event: "tick", data: "x"), toUser: "alice")
                try await client.expect("tick")
            }
            #expect(try await rig.sessions.find(session.id) == nil)
            await client.close()
        }
    }

    @Test func aStreamEndsWithItsSession() async throws {
        let rig = try SessionTestRig()
        let manager = try SSEManager()
        try await rig.run(sse: manager) { server in
            let sessions = [
                try await rig.sessions.create(for: "alice"), try await rig.sessions.create(for: "alice"), try await rig.sessions.create(for: "bob"),
            ]
            var clients: [SSETestClient] = []
            for session in sessions { clients.append(try await SSETestClient.connected(port: server.port, headers: [cookie(session)]).client) }
            try await rig.sessions.revoke(sessions[0].id)
            try await clients[0].expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            #expect(manager.connectionCount == 2)
            try await rig.sessions.revokeAll(of: "alice")
            try await clients[1].expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            #expect(manager.connections(ofUser: "bob").count == 1)
            // Whoever signs in again is let in.
            let again = try await rig.sessions.create(for: "alice")
            let (client, _) = try await SSETestClient.connected(port: server.port, headers: [cookie(again)])
            for client in clients + [client] { await client.close() }
        }
    }

    @Test func connectionsGoOnWithTheNewIDOfTheirSession() async throws {
        let rig = try SessionTestRig()
        let (streams, sockets) = (try SSEManager(), try WSManager())
        try await rig.run(sse: streams, ws: sockets) { server in
            let first = try await rig.sessions.create(for: "alice")
            let (stream, _) = try await SSETestClient.connected(port: server.port, headers: [cookie(first)])
            let (socket, _) = try await WSTestClient.connected(port: server.port, headers: [cookie(first)])
            let second = try #require(try await rig.sessions.rotate(first.id))
            let third = try #require(try await rig.sessions.rotate(second.id))
            try streams.send(SSEEvent(event: "tick", data: "x"), toUser: "alice")
            try await stream.expect("tick")
            _ = try await socket.roundTrip()
            try await rig.sessions.revoke(third.id)
            try await stream.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            #expect(try await socket.untilClose().code == .forbidden)
        }
    }

    @Test func whoeverWasLetInWithTheOldIDIsRefusedOnceItIsReplaced() async throws {
        let rig = try SessionTestRig()
        let (session, manager) = (try await rig.sessions.create(for: "alice"), try SSEManager())
        let sessions = rig.sessions
        let hooks = SSEHooks<TestUser>(onConnect: { _ in try await sessions.rotate(session.id) != nil })
        let router = Router().sse("/sse", try SSEPlugin<BasicRequestContext, TestUser>(manager: manager, auth: rig.resolver, hooks: hooks))
        try await TestServer.run(router) { server in
            let client = try await SSETestClient.open(port: server.port, headers: [cookie(session)])
            #expect(try await client.next().event == "connected")
            try await client.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
        }
    }

    // MARK: Strangers' pages

    @Test func aStrangersPageOpensNoWebSocketWithItsVisitorsCookie() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        let manager = try WSManager()
        try await rig.run(ws: manager) { server in
            let own = "Origin: http://127.0.0.1:\(server.port)"
            let strangers = [
                ["Origin: https://evil.example"], ["Origin: null"], ["Origin: http://127.0.0.1.evil.example:\(server.port)"],
                [own, "Origin: https://evil.example"], ["Sec-Fetch-Site: cross-site"],
            ]
            await rig.driver.forgetWhatWasAsked()
            for headers in strangers {
                let client = try await WSTestClient.open(port: server.port, headers: [cookie(session)] + headers)
                let response = try await client.response()
                #expect(response.status == 403, "\(headers)")
                #expect(response.headers["upgrade"] == nil)
                #expect(response.headers["sec-websocket-accept"] == nil)
                await client.leave()
            }
            #expect(manager.connectionCount == 0)
            #expect(await rig.driver.asked.isEmpty)
            let (client, _) = try await WSTestClient.connected(port: server.port, headers: [cookie(session), own])
            #expect(manager.connectionCount == 1)
            try await client.send(json: ["type": "join", "room": "a"])
            try await client.expect(json: ["type": "joined", "room": "a"])
            await client.leave()
        }
    }

    // MARK: Signing in and out

    @Test func signingInAndOutWithABrowsersCookie() async throws {
        let rig = try SessionTestRig()
        try await rig.run { server in
            let first = try await server.request("POST", "/login", headers: ["From: alice"])
            let cookie = try server.cookie(after: first)
            #expect(try await server.request("GET", "/me", headers: [cookie]).body.hasPrefix("alice "))

            // Whoever knew the id before bob signed in has nothing of it.
            let second = try server.cookie(after: try await server.request("POST", "/login", headers: ["From: bob", cookie]))
            #expect(second != cookie)
            #expect(try await server.request("GET", "/me", headers: [cookie]).status == 401)
            #expect(try await server.request("GET", "/me", headers: [second]).body.hasPrefix("bob "))

            let out = try await server.request("POST", "/logout", headers: [second])
            #expect(out.headers["set-cookie"]?.hasPrefix("__Host-session=; ") == true)
            #expect(out.headers["set-cookie"]?.contains("Max-Age=0") == true)
            #expect(try await server.request("GET", "/me", headers: [second]).status == 401)
            // An outdated cookie does not keep anybody from signing in.
            #expect(try await server.request("POST", "/login", headers: ["From: bob", second]).status == 204)
            #expect(try await server.request("POST", "/logout", headers: [second]).status == 204)
        }
    }

    @Test func sessionsLiveInHummingbirdsOwnDriver() async throws {
        let driver = MemoryPersistDriver()
        let sessions = try SessionManager(store: PersistSessionStore(driver))
        let first = try await sessions.create(for: "alice", data: ["theme": "dark"])
        #expect(try await sessions.find(first.id) == first.record)
        let second = try #require(try await sessions.rotate(first.id))
        #expect(try await sessions.find(first.id) == nil)
        #expect(try await sessions.find(second.id)?.data == ["theme": "dark"])
        try await sessions.revokeAll(of: "alice")
        #expect(try await sessions.find(second.id) == nil)
        let third = try await sessions.create(for: "alice")
        #expect(try await sessions.find(third.id) != nil)
        try await sessions.revoke(third.id)
        #expect(try await sessions.find(third.id) == nil)
        await #expect(throws: RealtimeError.self) {
            _ = try await sessions.create(id: "abcdefghij-KLMNOPQ_9", for: "alice")
            _ = try await sessions.create(id: "abcdefghij-KLMNOPQ_9", for: "alice")
        }
    }

    // MARK: Logs

    @Test func noIDIsLogged() async throws {
        let rig = try SessionTestRig()
        let session = try await rig.sessions.create(for: "alice")
        let log = LogRecorder()
        let unknown = "unknown-unknown-unknown-unknown"
        try await rig.run(logger: log.logger) { server in
            func use(_ id: String) async throws {
                let headers = ["Cookie: __Host-session=\(id)"]
                for path in ["/me", "/sse"] { _ = try await server.request("GET", path, headers: headers + ["Connection: close", "Accept: a/b"]) }
                let client = try await WSTestClient.open(port: server.port, headers: headers)
                _ = try await client.response()
                await client.leave()
            }
            try await use(unknown)
            await rig.driver.fail(.get)
            try await use(session.id)
            await rig.driver.fail()
            let (client, _) = try await SSETestClient.connected(port: server.port, headers: [cookie(session)])
            await client.close()
            #expect(try await server.request("POST", "/logout", headers: [cookie(session)]).status == 204)
        }
        let records = log.records.values
        #expect(records.contains { $0.contains("could not be checked") })
        #expect(records.contains { $0.contains("A credential could not be checked") })
        // Nor what a store's error says, which has the digest in it.
        for secret in [session.id, unknown, "\(session.record.digest)", "could not get"] {
            #expect(!records.contains { $0.contains(secret) })
        }
    }
}
