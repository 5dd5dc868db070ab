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

/// What applications test their streams with.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RealtimeKitTestingTests {
    private struct Failed: Error {}

    /// Short, because it passes in tests of what does not come.
    private static let moment: Duration = .milliseconds(20)

    private func application(_ manager: SSEManager, _ hooks: SSEHooks<TestUser> = .init()) throws -> some ApplicationProtocol {
        let router = Router()
        router.get("plain") { _, _ in "plain" }
        router.get("two") { _, _ in
            SSEResponse { stream in
                try await stream.send("one", "1", id: "7", retry: 250)
                try await stream.comment("between")
                try await stream.send("two", "2")
            }
        }
        router.sse(
            "/sse",
            try SSEPlugin(
                manager: manager,
                resolveUser: { request, context in try await TestUser.resolve(request, context) },
                hooks: hooks
            )
        )
        return Application(router: router, server: .realtime())
    }

    /// Waits for the first event of a client that hardly waits.
    private func connectionID(of stream: SSETestClient) async throws -> ConnectionID {
        while true {
            do { return try await stream.connectionID() } catch is TestTimeout {}
        }
    }

    /// Expects a call to give up with a text.
    private func expectTimeout(
        _ text: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ call: () async throws -> Void
    ) async {
        let error = await #expect(throws: TestTimeout.self, sourceLocation: sourceLocation) { try await call() }
        #expect(error?.description == text, sourceLocation: sourceLocation)
    }

    /// Expects a call to complain about what came, with a text.
    private func expectBroken(
        _ text: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ call: () async throws -> Void
    ) async {
        let error = await #expect(throws: BrokenResponse.self, sourceLocation: sourceLocation) { try await call() }
        #expect(error?.description == text, sourceLocation: sourceLocation)
    }

    // MARK: A stream of an application

    @Test func aStreamIsOpenForAsLongAsItsBodyRuns() async throws {
        let manager = try SSEManager()
        try await self.application(manager).test(.live) { client in
            let result = try await client.sse("/sse?channels=a", headers: [.from: "alice"]) { stream in
                #expect(stream.timeout == .seconds(10))
                let id = try await stream.connectionID()
                #expect(manager.members(of: "a") == [id])
                #expect(manager.info(of: id)?.userID == "alice")
                return 42
            }
            #expect(result == 42)
            try await eventually("it is closed") { manager.connectionCount == 0 }

            await #expect(throws: Failed.self) {
                try await client.sse { stream in
                    try await stream.expect("connected")
                    throw Failed()
                }
            }
            try await eventually("it is closed then too") { manager.connectionCount == 0 }
        }
    }

    @Test func severalStreamsCanBeOpen() async throws {
        let manager = try SSEManager()
        try await self.application(manager).test(.live) { client in
            try await client.sse("/sse?channels=a") { one in
                try await one.expect("connected")
                try await client.sse("/sse?channels=a") { other in
                    try await other.expect("connected")
                    #expect(try manager.broadcast("hello", "both", to: "a") == 2)
                    try await other.expect("hello", "both")
                }
                try await one.expect("hello", "both")
            }
        }
    }

    @Test func withoutAPortThereIsNoStream() async throws {
        try await self.application(SSEManager()).test(.router) { client in
            await self.expectBroken("the application is not tested on a port; use app.test(.live)") {
                try await client.sse { _ in }
            }
        }
    }

    @Test func anyAnswerCanBeLookedAt() async throws {
        try await self.application(SSEManager()).test(.live) { client in
            try await client.sse("/plain") { stream in
                let head = try await stream.response()
                #expect(head.status == 200)
                #expect(head.headers["content-length"] == "5")
                #expect(try await stream.body() == "plain")
                #expect(await stream.endedCleanly)
            }
            try await client.sse("/sse", method: .head) { stream in
                let head = try await stream.response()
                #expect(head.headers["content-type"] == "text/event-stream")
                #expect(try await stream.body().isEmpty)
            }
            try await client.sse("/nowhere") { stream in
                await self.expectBroken("the stream has ended without the expected event 'connected'; its status is 404") {
                    try await stream.expect("connected")
                }
            }
        }
    }

    // MARK: What comes

    @Test func everythingOfAStreamCanBeSeen() async throws {
        try await self.application(SSEManager()).test(.live) { client in
            try await client.sse("/two") { stream in
                #expect(await stream.head == nil)
                #expect(try await stream.nextComment() == "open")
                #expect(await stream.head?.status == 200)
                #expect(try await stream.nextComment() == "between")
                let one = try await stream.next()
                #expect((one.event, one.data, one.lastEventID) == ("one", "1", "7"))
                #expect(await stream.retry == 250)
                try await stream.expect("two", "2")
                #expect(try await stream.nextOrEnd() == nil)
                #expect(await stream.isEnded)
                #expect(await stream.endedCleanly)
                #expect(await stream.lastEventID == "7")
                await self.expectBroken("the stream has ended without a comment") { _ = try await stream.nextComment() }
                await self.expectBroken("the stream has ended without an event; its status is 200") { _ = try await stream.next() }
                #expect(try await stream.untilEnd().isEmpty)
            }
            try await client.sse("/two") { stream in
                var types: [String] = []
                for try await event in stream.events { types.append(event.event) }
                #expect(types == ["one", "two"])
                #expect(await stream.comments == ["open", "between"])
            }
            let two = try await client.sse("/two") { stream in try await stream.next("two") }
            #expect(two.data == "2")
            let both = try await client.sse("/two") { stream in try await stream.untilEnd() }
            #expect(both.map(\.data) == ["1", "2"])
            try await client.sse("/two") { stream in
                await self.expectBroken("the stream has ended without an event 'three'; its status is 200") { _ = try await stream.next("three") }
            }
        }
    }

    @Test func anotherEventThanTheExpectedOneIsShown() async throws {
        try await self.application(SSEManager()).test(.live) { client in
            try await client.sse("/two") { stream in
                await self.expectBroken("expected event 'zero', but got 'one' with '1'") { try await stream.expect("zero") }
                await self.expectBroken("expected event 'two' with '3', but got 'two' with '2'") { try await stream.expect("two", "3") }
            }
            try await client.sse("/two") { stream in
                await self.expectBroken("expected event 'connected', but got 'one' with '1'") { _ = try await stream.connectionID() }
            }
        }
    }

    // MARK: What does not come

    @Test func eachCallGivesUpAndSaysWhatItWaitedFor() async throws {
        try await self.application(SSEManager()).test(.live) { client in
            try await client.sse(timeout: Self.moment) { stream in
                _ = try await self.connectionID(of: stream)
                await self.expectTimeout("an event did not come within 0.02 seconds") { _ = try await stream.next() }
                await self.expectTimeout("an event 'x' did not come within 0.02 seconds") { _ = try await stream.next("x") }
                await self.expectTimeout("the expected event 'x' did not come within 0.02 seconds") { try await stream.expect("x") }
                await self.expectTimeout("the expected event 'x' with 'y' did not come within 0.02 seconds") { try await stream.expect("x", "y") }
                await self.expectTimeout("an event or the end of the stream did not come within 0.02 seconds") { _ = try await stream.nextOrEnd() }
                await self.expectTimeout("an event or the end of the stream did not come within 0.02 seconds") {
                    for try await _ in stream.events {}
                }
                await self.expectTimeout("a comment did not come within 0.02 seconds") { _ = try await stream.nextComment() }
                await self.expectTimeout("the end of the stream did not come within 0.02 seconds") { _ = try await stream.untilEnd() }
                await self.expectTimeout("the end of the body did not come within 0.02 seconds") { _ = try await stream.body() }
            }
        }
    }

    @Test func aServerThatDoesNotAnswerIsGivenUp() async throws {
        let gate = Gate()
        let hooks = SSEHooks<TestUser>(onConnect: { _ in
            await gate.pass()
            return true
        })
        try await self.application(SSEManager(), hooks).test(.live) { client in
            try await client.sse(timeout: Self.moment) { stream in
                await self.expectTimeout("a response did not come within 0.02 seconds") { try await stream.response() }
                gate.open()
                _ = try await self.connectionID(of: stream)
            }
        }
    }

    @Test func whatElseComesDoesNotProlongTheWait() async throws {
        let manager = try SSEManager()
        try await self.application(manager).test(.live) { client in
            try await client.sse(timeout: Self.moment) { stream in
                let id = try await self.connectionID(of: stream)
                let talk = Task {
                    for _ in 0..<2000 where !Task.isCancelled {
                        try manager.send("other", "", to: id)
                        try? await Task.sleep(for: .milliseconds(1))
                    }
                    // Who still waits gets something else than a timeout.
                    manager.disconnect(id)
                }
                await self.expectTimeout("an event 'wanted' did not come within 0.02 seconds") { _ = try await stream.next("wanted") }
                await self.expectTimeout("a comment did not come within 0.02 seconds") { _ = try await stream.nextComment() }
                await self.expectTimeout("the end of the stream did not come within 0.02 seconds") { _ = try await stream.untilEnd() }
                talk.cancel()
                _ = await talk.result
            }
        }
    }

    @Test func whatComesLateIsNotLost() async throws {
        let manager = try SSEManager()
        try await self.application(manager).test(.live) { client in
            try await client.sse(timeout: Self.moment) { stream in
                let id = try await self.connectionID(of: stream)
                await self.expectTimeout("the expected event 'late' did not come within 0.02 seconds") { try await stream.expect("late") }
                try manager.send("late", "but here", to: id)
                try await eventually("it is there") { (try? await stream.next())?.data == "but here" }
            }
        }
    }

    @Test func aTestThatIsCancelledDoesNotWait() async throws {
        try await self.application(SSEManager()).test(.live) { client in
            try await client.sse { stream in
                try await stream.expect("connected")
                let waiting = Task { try await stream.next() }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
            }
        }
    }

    // MARK: Bad clients

    @Test func aStalledClientGetsEverythingOnceItReadsAgain() async throws {
        let manager = try SSEManager()
        try await self.application(manager).test(.live) { client in
            try await client.sse("/sse?channels=a", receiveBuffer: 8192) { stream in
                try await stream.expect("connected")
                try await stream.stall()
                let pad = String(repeating: "x", count: 64 << 10)
                var count = 0
                var isFull = false
                while !isFull {
                    isFull = try await manager.broadcastReceipt(SSEEvent(event: "\(count)", data: pad), to: "a").queued > 0
                    count += 1
                }
                try await stream.unstall()
                for number in 0..<count { try await stream.expect("\(number)", pad) }
            }
        }
    }

    @Test func aClientThatStaysStalledIsGivenUp() async throws {
        let manager = try SSEManager(configuration: .init(outbox: .init(maxBytes: 64 << 10)))
        let ends = Recorder<DisconnectReason>()
        try await self.application(manager, .init(onDisconnect: { ends.add($0.reason) })).test(.live) { client in
            try await client.sse("/sse?channels=a", receiveBuffer: 8192) { stream in
                try await stream.expect("connected")
                try await stream.stall()
                let pad = String(repeating: "x", count: 64 << 10)
                for _ in 0..<1000 where ends.values.isEmpty { _ = try await manager.broadcastReceipt(.text(pad), to: "a") }
                try await eventually("it is given up") { ends.values == [.slowConsumer] }
            }
        }
    }

    @Test(arguments: ["cut", "closeOutput", "close"]) func aClientCanLeaveInEveryWay(way: String) async throws {
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        try await self.application(manager, .init(onDisconnect: { ends.add($0.reason) })).test(.live) { client in
            try await client.sse { stream in
                try await stream.expect("connected")
                switch way {
                case "cut": try await stream.cut()
                case "closeOutput": try await stream.closeOutput()
                default: await stream.close()
                }
                try await eventually("the server has noticed") { ends.values == [way == "cut" ? .connectionLost : .clientClosed] }
                #expect(try await stream.nextOrEnd() == nil)
                #expect(await !stream.endedCleanly, "The server was not done")
            }
        }
    }
}
