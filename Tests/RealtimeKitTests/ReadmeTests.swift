//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdTesting
import RealtimeKit
import RealtimeKitTesting
import Testing

/// The tests that the README shows.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ReadmeTests {
    private struct Post: ResponseCodable {
        let title: String
    }

    // snippet: application
    /// The application, with a manager of each test's own: tests that run side by side do not hear each other.
    private func application(_ manager: SSEManager) throws -> some ApplicationProtocol {
        let router = Router()
        router.sse("/sse", try SSEPlugin(manager: manager))
        router.post("posts") { request, context in
            let post = try await request.decode(as: Post.self, context: context)
            try manager.broadcast("post:created", post, to: "posts")
            return post
        }
        return Application(router: router, server: .realtime(), services: [manager])
    }
    // end

    // snippet: tests
    @Test func listenersHearOfAPost() async throws {
        try await self.application(SSEManager()).test(.live) { client in
            try await client.sse("/sse?channels=posts") { stream in
                try await stream.expect("connected")
                try await client.execute(uri: "/posts", method: .post, body: ByteBuffer(string: #"{"title":"Hello"}"#)) { response in
                    #expect(response.status == .ok)
                }
                try await stream.expect("post:created", #"{"title":"Hello"}"#)
            }
        }
    }

    @Test func anIdleStreamHasAHeartbeat() async throws {
        let clock = ManualClock()
        try await self.application(SSEManager(clock: clock)).test(.live) { client in
            try await client.sse { stream in
                try await stream.expect("connected")
                try await clock.advance(by: .seconds(30))
                try await stream.expect("ping")
            }
        }
    }
    // end

    // snippet: application with rooms
    private func application(_ manager: WSManager) throws -> some ApplicationProtocol {
        let router = Router()
        router.webSocket("/ws", try WebSocketPlugin(manager: manager))
        router.post("posts") { request, context in
            let post = try await request.decode(as: Post.self, context: context)
            try manager.broadcast("post:created", ["doc": post], to: "posts")
            return post
        }
        return Application(router: router, server: .realtime(), services: [manager])
    }
    // end

    // snippet: tests of rooms
    @Test func membersHearOfAPost() async throws {
        try await self.application(WSManager()).test(.live) { client in
            try await client.ws("/ws") { socket in
                try await socket.next("connected")
                try await socket.send(json: ["type": "join", "room": "posts"])
                try await socket.expect(json: ["type": "joined", "room": "posts"])
                try await client.execute(uri: "/posts", method: .post, body: ByteBuffer(string: #"{"title":"Hello"}"#)) { response in
                    #expect(response.status == .ok)
                }
                try await socket.expect(#"{"type":"post:created","doc":{"title":"Hello"}}"#)
            }
        }
    }

    @Test func aClientThatAnswersNoHeartbeatIsEnded() async throws {
        let clock = ManualClock()
        var options = WSTestClient.Options()
        options.answersPings = false
        try await self.application(WSManager(clock: clock)).test(.live) { [options] client in
            try await client.ws(options: options) { socket in
                try await socket.next("connected")
                try await clock.advance(by: .seconds(30))
                try await socket.next("ping")
                try await clock.advance(by: .seconds(10))
                #expect(try await socket.untilClose().code == .pingTimeout)
            }
        }
    }
    // end

    @Test func aTestSeesRefusalsAsWell() async throws {
        try await self.application(SSEManager()).test(.live) { client in
            try await client.sse("/sse?channels=%zz") { stream in
                let head = try await stream.response()
                #expect(head.status == 400)
                let body = try await stream.body()
                #expect(body.contains("percent-encoded"))
            }
        }
    }

    @Test func theServersSideFindsAConnectionByItsID() async throws {
        let manager = try SSEManager()
        try await self.application(manager).test(.live) { client in
            try await client.sse("/sse?channels=posts") { stream in
                let id = try await stream.connectionID()
                #expect(manager.members(of: "posts") == [id])
                manager.disconnect(id)
                try await stream.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
                #expect(try await stream.nextOrEnd() == nil)
            }
        }
    }
}
