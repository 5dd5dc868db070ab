//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import Testing

/// From a request to the first event.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEHandshakeTests {
    private func endpoint(
        _ configuration: SSEConfiguration = .init(),
        _ hooks: SSEHooks<TestUser> = .init(),
        manager: SSEManager? = nil
    ) throws -> Router<BasicRequestContext> {
        let router = Router()
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(
            manager: manager ?? SSEManager(),
            configuration: configuration,
            resolveUser: { request, context in try await TestUser.resolve(request, context) },
            hooks: hooks
        )
        return router.sse("/sse", plugin)
    }

    @Test func theHeadKeepsProxiesAndCachesFromInterfering() async throws {
        try await TestServer.run(self.endpoint()) { server in
            let client = try await SSETestClient.open(port: server.port)
            let head = try await client.response()
            #expect(head.status == 200)
            #expect(head.headers["content-type"] == "text/event-stream")
            #expect(head.headers["cache-control"] == "no-cache, no-transform")
            #expect(head.headers["x-accel-buffering"] == "no")
            #expect(head.headers["access-control-allow-origin"] == "*")
            #expect(head.headers["access-control-allow-credentials"] == nil)
            #expect(head.headers["connection"] == nil)
        }
    }

    @Test func connectedComesFirstWithIdChannelsAndWhetherAuthenticated() async throws {
        var configuration = SSEConfiguration()
        configuration.retry = 1234
        try await TestServer.run(self.endpoint(configuration)) { server in
            let client = try await SSETestClient.open(port: server.port, "/sse?channels=b,a", headers: ["From: alice"])
            let event = try await client.next()
            #expect(event.event == "connected")
            #expect(event.data.hasPrefix(#"{"id":""#))
            #expect(event.data.hasSuffix(#"","channels":["b","a"],"authenticated":true}"#))
            #expect(await client.retry == 1234)
            let anonymous = try await SSETestClient.open(port: server.port)
            #expect(try await anonymous.next().data.hasSuffix(#"","channels":[],"authenticated":false}"#))
        }
    }

    @Test(arguments: [
        ("?channel=a&channel=b", #"["a","b"]"#),
        ("?channels=a,b", #"["a","b"]"#),
        ("?channels=c,a&channel=b&channels=d", #"["b","c","a","d"]"#),
        ("?channels=%20a%20,,b,a,", #"["a","b"]"#),
        ("?channels=a%2Cb", #"["a","b"]"#),
        ("?channel=a,b", #"["a,b"]"#),
        ("?channel=caf%C3%A9+%F0%9F%91%8B", #"["café 👋"]"#),
        ("?channel=say%20%22hi%22", #"["say \"hi\""]"#),
    ])
    func channelsAreReadFromBothForms(query: String, channels: String) async throws {
        try await TestServer.run(self.endpoint()) { server in
            let client = try await SSETestClient.open(port: server.port, "/sse" + query)
            #expect(try await client.next().data.contains("\"channels\":" + channels))
        }
    }

    @Test(arguments: [
        ("?channel=a%00b", "control character"),
        ("?channel=a%0Ab", "control character"),
        ("?channel=a%C2%85", "control character"),
        ("?channel=" + String(repeating: "x", count: 256), "256 bytes"),
        ("?channel=%zz", "percent-encoded"),
        ("?channel=%4", "percent-encoded"),
        ("?channel=%ff", "percent-encoded"),
        ("?channels=" + (0..<300).map { "c\($0)" }.joined(separator: ","), "300 channels"),
    ])
    func badQueriesAreRefusedWithAReason(query: String, reason: String) async throws {
        try await TestServer.run(self.endpoint()) { server in
            let client = try await SSETestClient.open(port: server.port, "/sse" + query)
            #expect(try await client.response().status == 400)
            let body = try await client.body()
            #expect(body.contains(reason), "\(body)")
        }
    }

    @Test func noChannelIsRefusedOnlyWhereOneIsRequired() async throws {
        var configuration = SSEConfiguration()
        configuration.requireChannels = true
        try await TestServer.run(self.endpoint(configuration)) { server in
            let client = try await SSETestClient.open(port: server.port)
            #expect(try await client.response().status == 400)
        }
    }

    @Test(
        arguments: [
            (nil, AccessDecision(of: false), 401, "Unauthorized"),
            ("alice", AccessDecision(of: false), 403, "Forbidden"),
            ("alice", "Not today".decision, 403, "Not today"),
            (nil, "Sign in first".decision, 401, "Sign in first"),
        ] as [(String?, AccessDecision, Int, String)]
    )
    func aDeniedConnectionGetsAStatusAndAMessage(user: String?, decision: AccessDecision, status: Int, message: String) async throws {
        try await TestServer.run(self.endpoint(.init(), .init(onConnect: { _ in decision }))) { server in
            let client = try await SSETestClient.open(port: server.port, headers: user.map { ["From: \($0)"] } ?? [])
            let head = try await client.response()
            #expect(head.status == status)
            #expect(head.headers["www-authenticate"] == (status == 401 ? "Bearer" : nil))
            #expect(try await client.body() == "{\"message\":\"\(message)\"}")
        }
    }

    @Test func aDeniedChannelLeavesTheStreamOpenAndIsReported() async throws {
        struct Failure: Error {}
        let hooks = SSEHooks<TestUser>(onSubscribe: { info in
            switch info.channel {
            case "no": return false
            case "told": return "Members only"
            case "broken": throw Failure()
            default: return .allow
            }
        })
        try await TestServer.run(self.endpoint(.init(), hooks)) { server in
            let client = try await SSETestClient.open(port: server.port, "/sse?channels=no,yes,told,broken")
            #expect(try await client.next().data.contains(#""channels":["yes"]"#))
            let denied = [try await client.next(), try await client.next(), try await client.next()]
            #expect(denied.allSatisfy { $0.event == "unauthorized" })
            #expect(
                denied.map(\.data) == [
                    #"{"channel":"no","message":"Access denied to channel 'no'"}"#,
                    #"{"channel":"told","message":"Members only"}"#,
                    #"{"channel":"broken","message":"Access denied to channel 'broken'"}"#,
                ]
            )
        }
    }

    @Test func aStreamWithoutAnyGrantedChannelCanBeRefused() async throws {
        var configuration = SSEConfiguration()
        configuration.denyStreamIfNoChannelGranted = true
        try await TestServer.run(self.endpoint(configuration, .init(onSubscribe: { $0.channel == "yes" }))) { server in
            let refused = try await SSETestClient.open(port: server.port, "/sse?channels=no")
            #expect(try await refused.response().status == 401)
            let granted = try await SSETestClient.open(port: server.port, "/sse?channels=no,yes")
            #expect(try await granted.response().status == 200)
        }
    }

    @Test func anHTTPErrorKeepsItsStatusAndItsMessageStaysSecret() async throws {
        let hooks = SSEHooks<TestUser>(onConnect: { _ in throw HTTPError(.init(code: 402), message: "card 4711 declined") })
        try await TestServer.run(self.endpoint(.init(), hooks)) { server in
            let client = try await SSETestClient.open(port: server.port)
            #expect(try await client.response().status == 402)
            #expect(try await !client.body().contains("4711"))
        }
    }

    @Test func aFailingStoreSendsEventSourceBackLaterAndOthersA503() async throws {
        struct StoreIsDown: Error {}
        let router = Router()
        router.sse("/sse", resolveUser: { _, _ -> TestUser? in throw StoreIsDown() })
        try await TestServer.run(router) { server in
            let browser = try await SSETestClient.open(port: server.port)
            let head = try await browser.response()
            #expect(head.status == 200)
            #expect(head.headers["connection"] == "close")
            let body = try await browser.body()
            #expect(body.hasPrefix("retry: "))
            #expect(body.hasSuffix("\n: come back later\n\n"))

            let other = try await TestSocket.connect(port: server.port)
            try await other.send("GET /sse HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let answer = try await other.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
            #expect(answer.lowercased().contains("\r\nretry-after: "))
        }
    }

    @Test func aRejectedCredentialIsNeverAnonymous() async throws {
        struct Rejecting: AuthResolver {
            func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<TestUser> { .rejected }
        }
        let router = Router()
        router.sse("/sse", auth: Rejecting())
        try await TestServer.run(router) { server in
            let client = try await SSETestClient.open(port: server.port)
            #expect(try await client.response().status == 401)
        }
    }

    @Test func headAnswersHeadersOnlyAndAsksForNoChannel() async throws {
        let asked = Recorder<String>()
        let manager = try SSEManager()
        let hooks = SSEHooks<TestUser>(onSubscribe: { info in
            asked.add(info.channel)
            return true
        })
        try await TestServer.run(self.endpoint(.init(), hooks, manager: manager)) { server in
            let socket = try await TestSocket.connect(port: server.port)
            try await socket.send("HEAD /sse?channels=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let answer = try await socket.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.contains("text/event-stream"))
            #expect(answer.hasSuffix("\r\n\r\n"))
            #expect(asked.values.isEmpty)
            #expect(manager.connectionCount == 0)
        }
    }

    @Test func otherMethodsAreTheRoutersAffairUnlessWanted() async throws {
        var configuration = SSEConfiguration()
        configuration.handlesAllMethods = true
        try await TestServer.run(self.endpoint(configuration)) { server in
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let client = try await SSETestClient.open(port: server.port, method: method)
                let head = try await client.response()
                #expect(head.status == 405)
                #expect(head.headers["allow"] == "GET, HEAD, OPTIONS")
            }
        }
        try await TestServer.run(self.endpoint()) { server in
            let client = try await SSETestClient.open(port: server.port, method: "POST")
            #expect(try await client.response().status == 404)
        }
    }

    @Test func aListOfOriginsIsEchoedWithCredentialsAndPreflightIsAnswered() async throws {
        var configuration = SSEConfiguration()
        configuration.cors = .origins(["https://app.example.com"])
        try await TestServer.run(self.endpoint(configuration)) { server in
            let good = try await SSETestClient.open(port: server.port, headers: ["Origin: https://app.example.com"]).response()
            #expect(good.headers["access-control-allow-origin"] == "https://app.example.com")
            #expect(good.headers["access-control-allow-credentials"] == "true")
            #expect(good.headers["vary"] == "Origin")
            let bad = try await SSETestClient.open(port: server.port, headers: ["Origin: https://app.example.com.evil.io"]).response()
            #expect(bad.headers["access-control-allow-origin"] == nil)
            #expect(bad.headers["vary"] == "Origin")
            let preflight = try await SSETestClient.open(
                port: server.port,
                method: "OPTIONS",
                headers: ["Origin: https://app.example.com", "Access-Control-Request-Headers: authorization"]
            ).response()
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS")
            #expect(preflight.headers["access-control-allow-headers"] == "authorization")
        }
    }

    @Test func hooksSeeUserRequestContextAndLastEventID() async throws {
        let seen = Recorder<String>()
        let router = Router()
        router.group("api/:tenant").sse(
            "events",
            resolveUser: { request, context in try await TestUser.resolve(request, context) },
            onConnect: { info in
                seen.add("\(info.user?.id ?? "-") \(info.lastEventID ?? "-") \(info.context.parameters.get("tenant") ?? "-")")
                return true
            },
            onSubscribe: { info in
                seen.add("\(info.userID ?? "-") \(info.channel) \(info.request.uri.path)")
                return .allow
            }
        )
        try await TestServer.run(router) { server in
            let (client, _) = try await SSETestClient.connected(
                port: server.port,
                "/api/acme/events?channel=x",
                headers: ["From: alice", "Last-Event-ID: 41"]
            )
            #expect(seen.values == ["alice 41 acme", "alice x /api/acme/events"])
            await client.close()
        }
    }
}

extension AccessDecision {
    fileprivate init(of result: Bool) { self = result.decision }
}
