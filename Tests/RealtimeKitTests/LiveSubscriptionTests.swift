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

/// Clients that change the channels of their open streams.
@Suite(.serialized, .timeLimit(.minutes(1))) struct LiveSubscriptionTests {
    private static let json = ["Content-Type: application/json"]

    // MARK: What it does

    @Test func aClientSubscribesAndUnsubscribesAndIsTold() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server, "/sse?channels=a")
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("b"))").isSuccess)
            #expect(manager.channels(of: stream.id) == ["a", "b"])
            try manager.broadcast(.text("on b"), to: "b")
            try await stream.client.expect("subscribed", #"{"channel":"b"}"#)
            try await stream.client.expect("message", "on b")

            #expect(try await server.request("POST", "/sse/unsubscribe?\(stream.query("a"))").isSuccess)
            #expect(manager.channels(of: stream.id) == ["b"])
            #expect(try manager.broadcast(.text("nobody hears this"), to: "a") == 0)
            try await stream.client.expect("unsubscribed", #"{"channel":"a"}"#)
            try manager.broadcastAll(.text("end"))
            try await stream.client.expect("message", "end")
            await stream.client.close()
        }
    }

    @Test func whatChangesNothingSucceedsAndIsNotTold() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server, "/sse?channels=a")
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("a"))").isSuccess)
            #expect(try await server.request("POST", "/sse/unsubscribe?\(stream.query("b"))").isSuccess)
            try manager.broadcast(.text("once"), to: "a")
            try await stream.client.expect("message", "once")
            #expect(manager.channels(of: stream.id) == ["a"])
            await stream.client.close()
        }
    }

    @Test func theFieldsStandInTheQueryOrInAJSONBody() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server)
            let (id, key) = (stream.id, stream.key)
            func subscribe(_ query: String, _ body: String, _ type: String = "application/json") async throws -> TestServer.Answer {
                try await server.request("POST", "/sse/subscribe\(query)", headers: ["Content-Type: \(type)"], body: body)
            }
            #expect(try await subscribe("", #"{"id":"\#(id)","key":"\#(key)","channel":"body"}"#).isSuccess)
            #expect(try await subscribe("", #"{"client_id":"\#(id)","key":"\#(key)","channel":"other name"}"#).isSuccess)
            #expect(try await subscribe("?id=\(id)", #"{"key":"\#(key)","channel":"both"}"#, "Application/JSON; charset=utf-8").isSuccess)
            #expect(try await subscribe("?id=x&key=y&channel=z", #"{"id":"\#(id)","key":"\#(key)","channel":"the body wins"}"#).isSuccess)
            #expect(try await subscribe("?client_id=\(id)&key=\(key)&channel=the+query%21", "anything", "text/plain").isSuccess)
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("caf%C3%A9"))&more=%zz").isSuccess)
            #expect(manager.channels(of: id) == ["body", "other name", "both", "the body wins", "the query!", "café"])
            await stream.client.close()
        }
    }

    @Test(arguments: [.direct, .tls, .http10, .http2, .channelContext, .writer, .middleware, .childContext] as [TransportPath])
    func itWorksOnEveryWayToAnEndpoint(path: TransportPath) async throws {
        let manager = try SSEManager()
        try await path.run(manager, configuration: LiveStream.configuration) { server in
            let stream = try await LiveStream(server.open("/sse?channels=a"))
            func change(_ action: String, _ channel: String) async throws -> (status: Int, body: String) {
                let client = try await server.open("/sse/\(action)?\(stream.query(channel))", method: "POST")
                return (try await client.response().status, try await client.body())
            }
            #expect(try await change("subscribe", "b") == (200, #"{"success":true}"#))
            try await stream.client.expect("subscribed", #"{"channel":"b"}"#)
            #expect(try await change("unsubscribe", "a") == (200, #"{"success":true}"#))
            try await stream.client.expect("unsubscribed", #"{"channel":"a"}"#)
            #expect(try await change("subscribe", "").status == 400)
            #expect(manager.channels(of: stream.id) == ["b"])
            await stream.client.close()
        }
    }

    @Test func itIsOffByDefault() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager, configuration: .init()) { server, _ in
            let client = try await SSETestClient.open(port: server.port, headers: ["From: alice"])
            let greeting = try await client.next()
            #expect(greeting.event == "connected")
            #expect(!greeting.data.contains("key"))
            let id = try #require(manager.connections(ofUser: "alice").first)
            for action in ["subscribe", "unsubscribe"] {
                #expect(try await server.request("POST", "/sse/\(action)?id=\(id)&channel=a", headers: ["From: alice"]).status == 404)
                #expect(try await server.request("OPTIONS", "/sse/\(action)").status == 404)
            }
            #expect(manager.channels(of: id).isEmpty)
            await client.close()
        }
    }

    @Test func onlyPOSTChangesSomething() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server)
            for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
                #expect(try await server.request(method, "/sse/subscribe?\(stream.query("a"))").status == 404)
            }
            let preflight = try await server.request("OPTIONS", "/sse/subscribe", headers: ["Origin: https://app.example.com"])
            #expect(preflight.status == 204)
            #expect(preflight.headers["allow"] == "POST, OPTIONS")
            #expect(preflight.headers["access-control-allow-methods"] == "POST, OPTIONS")
            #expect(manager.channels(of: stream.id).isEmpty)
            await stream.client.close()
        }
    }

    // MARK: Whose stream

    @Test func theKeyIsTheStreamsAlone() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server)
            let other = try await LiveStream(server)
            #expect(stream.key != other.key)
            #expect(stream.key.count == 32)
            for key in [other.key, String(stream.key.dropLast()), stream.key + "0", String(repeating: "0", count: 32), stream.id.description, ""] {
                for action in ["subscribe", "unsubscribe"] {
                    let answer = try await server.request("POST", "/sse/\(action)?id=\(stream.id)&key=\(key)&channel=a")
                    #expect(answer.isError(403, "Not your stream"), "\(answer)")
                }
            }
            #expect(try await server.request("POST", "/sse/subscribe?id=\(stream.id)&channel=a").isError(403, "Not your stream"))
            #expect(manager.channels(of: stream.id).isEmpty)
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("a"))").isSuccess)
            for stream in [stream, other] { await stream.client.close() }
        }
    }

    @Test func theUserWhoOpenedTheStreamNeedsNoKeyAndNoOtherMayUseIt() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let alices = try await LiveStream(server, headers: ["From: alice"])
            let nobodys = try await LiveStream(server)
            let cases: [(String, LiveStream, user: String?, key: String?, isAllowed: Bool)] = [
                ("alice without the key", alices, "alice", nil, true),
                ("alice with a wrong key", alices, "alice", nobodys.key, true),
                ("alice with the key", alices, "alice", alices.key, true),
                ("nobody with the key", alices, nil, alices.key, true),
                ("nobody without the key", alices, nil, nil, false),
                ("bob without the key", alices, "bob", nil, false),
                ("bob with the key", alices, "bob", alices.key, false),
                ("alice with the key of nobody's stream", nobodys, "alice", nobodys.key, false),
                ("alice without the key of nobody's stream", nobodys, "alice", nil, false),
                ("nobody with the key of nobody's stream", nobodys, nil, nobodys.key, true),
            ]
            for (index, (name, stream, user, key, isAllowed)) in cases.enumerated() {
                let answer = try await server.request(
                    "POST",
                    "/sse/subscribe?id=\(stream.id)&channel=c\(index)" + (key.map { "&key=\($0)" } ?? ""),
                    headers: user.map { ["From: \($0)"] } ?? []
                )
                #expect(isAllowed ? answer.isSuccess : answer.isError(403, "Not your stream"), "\(name): \(answer)")
                #expect(manager.channels(of: stream.id).contains("c\(index)") == isAllowed, "\(name)")
            }
            for stream in [alices, nobodys] { await stream.client.close() }
        }
    }

    @Test func usersWithoutAnIDNeedTheKey() async throws {
        let manager = try SSEManager()
        let plugin = try SSEPlugin<BasicRequestContext, String>(
            manager: manager,
            configuration: LiveStream.configuration,
            resolveUser: { _, _ in "somebody" }
        )
        try await TestServer.run(Router().sse("/sse", plugin)) { server in
            let stream = try await LiveStream(server)
            #expect(try await server.request("POST", "/sse/subscribe?id=\(stream.id)&channel=a").isError(403, "Not your stream"))
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("a"))").isSuccess)
            await stream.client.close()
        }
    }

    @Test func aStreamThatIsNotThereIsNotFound() async throws {
        let manager = try SSEManager()
        let other = try SSEPlugin<BasicRequestContext, Anonymous>(manager: manager, configuration: LiveStream.configuration)
        let one = try SSEPlugin<BasicRequestContext, Anonymous>(manager: manager, configuration: LiveStream.configuration)
        try await TestServer.run(Router().sse("/sse", one).sse("/other", other)) { server in
            let stream = try await LiveStream(server)
            let unknown = ConnectionID()
            #expect(try await server.request("POST", "/sse/subscribe?id=\(unknown)&key=\(stream.key)&channel=a").isError(404, "No such stream"))
            // It is there, but not at this endpoint, whose hooks are others.
            #expect(try await server.request("POST", "/other/subscribe?\(stream.query("a"))").isError(404, "No such stream"))
            await stream.client.close()
            try await eventually("it is gone") { one.endpoint.live?.ticket(of: stream.id) == nil && manager.connectionCount == 0 }
            for action in ["subscribe", "unsubscribe"] {
                #expect(try await server.request("POST", "/sse/\(action)?\(stream.query("a"))").isError(404, "No such stream"))
            }
        }
    }

    @Test func aKeyIsNeverLogged() async throws {
        let log = LogRecorder()
        let manager = try SSEManager(logger: log.logger)
        try await LiveStream.run(manager, logger: log.logger) { server, _ in
            let stream = try await LiveStream(server)
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("a"))").isSuccess)
            #expect(try await server.request("POST", "/sse/subscribe?id=\(ConnectionID())&key=\(stream.key)&channel=a").isError(404))
            let body = #"{"id":"\#(stream.id)","key":"\#(stream.key)","channel":""}"#
            #expect(try await server.request("POST", "/sse/subscribe", headers: Self.json, body: body).isError(400))
            await stream.client.close()
            try await eventually("it is gone") { manager.connectionCount == 0 }
            #expect(!log.records.values.isEmpty)
            #expect(!log.records.values.contains { $0.contains(stream.key) })
        }
    }

    @Test func aKeyIsNotSentBack() async throws {
        try await LiveStream.run(SSEManager()) { server, _ in
            let stream = try await LiveStream(server)
            for end in ["%zz", "%ff"] {
                let answer = try await server.request("POST", "/sse/subscribe?id=\(stream.id)&channel=a&key=\(stream.key)\(end)")
                #expect(answer.isError(400, "'key' in the query is not percent-encoded UTF-8"), "\(answer)")
                #expect(!answer.body.contains(stream.key))
            }
            await stream.client.close()
        }
    }

    // MARK: Hooks

    @Test func theSameHooksDecideAboutTheUserWhoOpenedTheStream() async throws {
        struct Failure: Error {}
        let asked = Recorder<String>()
        let manager = try SSEManager()
        let hooks = SSEHooks<TestUser>(
            onConnect: { info in
                asked.add("connect")
                return true
            },
            onSubscribe: { info in
                asked.add("\(info.userID ?? "nobody"): \(info.channel)")
                switch info.channel {
                case "no": return false
                case "told": return "Members only"
                case "broken": throw Failure()
                default: return .allow
                }
            }
        )
        try await LiveStream.run(manager, hooks) { server, _ in
            let stream = try await LiveStream(server, headers: ["From: alice"])
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("no"))").isError(403, "Access denied to channel 'no'"))
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("told"))").isError(403, "Members only"))
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("broken"))").isError(403, "Access denied to channel 'broken'"))
            #expect(manager.channels(of: stream.id).isEmpty)
            // Blanks are part of a name here, and the hook sees the name that is used.
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("%20Yes+"))", headers: ["From: alice"]).isSuccess)
            #expect(manager.channels(of: stream.id) == [" Yes "])
            // Nobody is asked whether a client may want less.
            #expect(try await server.request("POST", "/sse/unsubscribe?\(stream.query("no"))").isSuccess)
            #expect(try await server.request("POST", "/sse/unsubscribe?\(stream.query("%20Yes%20"))").isSuccess)
            #expect(asked.values == ["connect", "alice: no", "alice: told", "alice: broken", "alice:  Yes "])
            // Of what was denied the stream hears nothing.
            try await stream.client.expect("subscribed", #"{"channel":" Yes "}"#)
            try await stream.client.expect("unsubscribed", #"{"channel":" Yes "}"#)
            await stream.client.close()
        }
    }

    @Test func patternsDecideAsTheyDoAboutChannelsOfTheQuery() async throws {
        let manager = try SSEManager()
        try manager.channel("users/:id") { info, parameters in info.userID == parameters["id"] }
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server, headers: ["From: alice"])
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("users/bob"))").isError(403, "users/bob"))
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("elsewhere"))").isError(403, "elsewhere"))
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("users/alice"))").isSuccess)
            #expect(manager.channels(of: stream.id) == ["users/alice"])
            await stream.client.close()
        }
    }

    @Test func aStreamThatEndsWhileAHookDecidesIsNotFound() async throws {
        let manager = try SSEManager(clock: ManualClock())
        let (gate, asked) = (Gate(), Recorder<Void>())
        let hooks = SSEHooks<TestUser>(onSubscribe: { _ in
            asked.add(())
            await gate.pass()
            return true
        })
        try await LiveStream.run(manager, hooks) { server, _ in
            let stream = try await LiveStream(server)
            let answer = Task { try await server.request("POST", "/sse/subscribe?\(stream.query("a"))") }
            try await eventually("the hook waits") { asked.values.count == 1 }
            await stream.client.close()
            try await eventually("the stream is gone") { manager.connectionCount == 0 }
            gate.open()
            #expect(try await answer.value.isError(404, "No such stream"))
            #expect(manager.channels().isEmpty)
        }
    }

    @Test func whoCannotBeAskedRefusesForTheTimeBeing() async throws {
        struct Unreliable: AuthResolver {
            func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<TestUser> {
                switch request.headers[.from] {
                case nil: return .none
                case "wrong": return .rejected
                case "broke": throw HTTPError(.init(code: 402), message: "card 4711 declined")
                default: throw CancellationError()
                }
            }
        }
        let manager = try SSEManager()
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(manager: manager, configuration: LiveStream.configuration, auth: Unreliable())
        try await TestServer.run(Router().sse("/sse", plugin)) { server in
            let stream = try await LiveStream(server)
            func subscribe(_ user: String) async throws -> TestServer.Answer {
                try await server.request("POST", "/sse/subscribe?\(stream.query("a"))", headers: ["From: \(user)", "Accept: text/event-stream"])
            }
            #expect(try await subscribe("wrong").isError(401))
            // A stream that says when to come back would be a success to whoever called `fetch`.
            let later = try await subscribe("down")
            #expect(later.isError(503, "Service unavailable"))
            #expect((1...5).contains(try #require(later.headers["retry-after"].flatMap { Int($0) })))
            let broke = try await subscribe("broke")
            #expect(broke.status == 402)
            #expect(!broke.body.contains("4711"))
            #expect(manager.channels(of: stream.id).isEmpty)
            await stream.client.close()
        }
    }
}
