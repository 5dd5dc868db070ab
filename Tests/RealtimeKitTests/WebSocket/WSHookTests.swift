//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Synchronization
import Testing

/// The application's hooks: what they are told, what they decide, and in which order.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSHookTests {
    struct Failure: Error {}

    // MARK: Order

    @Test func theHooksOfAConnectionRunOneAfterTheOtherInItsOrder() async throws {
        let log = Recorder<String>()
        let isRunning = Atomic(false)
        // Each takes another time, and none may begin before the last is over.
        @Sendable func step(_ name: String) async {
            if isRunning.exchange(true, ordering: .sequentiallyConsistent) { log.add("two at a time") }
            for _ in 0..<Int.random(in: 0...20) { await Task.yield() }
            log.add(name)
            isRunning.store(false, ordering: .sequentiallyConsistent)
        }
        let hooks = WSHooks<TestUser>(
            onJoinRoom: { info in
                await step("join \(info.room)")
                return true
            },
            onLeaveRoom: { info in await step("leave \(info.room)") },
            onBroadcast: { info in
                await step("broadcast \(info.room)")
                return true
            },
            onMessage: { info in
                await step(info.type)
                return ["type": info.type]
            },
            onBinary: { info in
                await step("binary")
                return info.bytes
            }
        )
        try await TestServer.run(WSManager(), .with { $0.messageRate = nil }, hooks) { server in
            let (client, _) = try await server.connected()
            var expected: [String] = []
            var bytes = ByteBuffer()
            for number in 0..<20 {
                for request in [
                    #"{"type":"join","room":"\#(number)"}"#, #"{"type":"broadcast","room":"\#(number)"}"#, #"{"type":"own \#(number)"}"#,
                    #"{"type":"leave","room":"\#(number)"}"#,
                ] {
                    bytes.writeImmutableBuffer(WSTestFrame.text(request).bytes())
                }
                bytes.writeImmutableBuffer(WSTestFrame.binary(ByteBuffer(bytes: [1])).bytes())
                expected += ["join \(number)", "broadcast \(number)", "own \(number)", "leave \(number)", "binary"]
            }
            try await client.send(raw: bytes)
            for number in 0..<20 {
                try await client.expect(json: ["type": "joined", "room": "\(number)"])
                try await client.expect(json: ["type": "own \(number)"])
                try await client.expect(json: ["type": "left", "room": "\(number)"])
                try await client.expect(binary: ByteBuffer(bytes: [1]))
            }
            #expect(log.values == expected)
            await client.leave()
        }
    }

    @Test func whileAHookRunsNothingMoreIsReadFromItsClientAlone() async throws {
        let asked = Gate()
        let answer = Gate()
        let hooks = WSHooks<TestUser>(onJoinRoom: { info in
            guard info.room == "slow" else { return true }
            asked.open()
            await answer.pass()
            return true
        })
        let manager = try WSManager()
        try await TestServer.run(manager, .init(), hooks) { server in
            let (client, id) = try await server.connected()
            let (other, _) = try await server.connected()
            try await client.send(#"{"type":"join","room":"slow"}"#)
            await asked.pass()
            try await client.send(#"{"type":"join","room":"fast"}"#)
            try await client.ping("meanwhile")
            // The others are served, and the client itself is still told what there is.
            try await other.join("fast")
            manager.send(.text("news"), to: id)
            try await client.expect("news")
            #expect(manager.rooms(of: id).isEmpty)
            answer.open()
            try await client.expect(#"{"type":"joined","room":"slow"}"#)
            try await client.expect(#"{"type":"joined","room":"fast"}"#)
            #expect(try await client.nextFrame() == .pong("meanwhile"))
            for client in [client, other] { await client.leave() }
        }
    }

    // MARK: Timeouts

    @Test func aHookThatTakesTooLongDenies() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        let never: @Sendable () async -> Void = { try? await clock.sleep(for: .seconds(3600)) }
        let hooks = WSHooks<TestUser>(
            onJoinRoom: { info in
                if info.room == "slow" { await never() }
                return true
            },
            onBroadcast: { _ in
                await never()
                return true
            },
            onMessage: { _ in
                await never()
                return ["type": "late"]
            },
            onBinary: { info in
                await never()
                return info.bytes
            }
        )
        let configuration = WSConfiguration.with {
            $0.heartbeat = .disabled
            $0.hookTimeout = .seconds(5)
        }
        try await TestServer.run(manager, configuration, hooks) { server in
            let (client, id) = try await server.connected()
            try await client.join("room")
            for (request, message) in [
                (#"{"type":"join","room":"slow","id":1}"#, "Access denied to room 'slow'"),
                (#"{"type":"broadcast","room":"room","id":1}"#, "Broadcast denied in room 'room'"),
                (#"{"type":"own","id":1}"#, "Request denied"),
            ] {
                try await client.send(request)
                try await eventually("the hook and its timer wait") { clock.sleeperCount == 2 }
                try await clock.advance(by: .seconds(5))
                try await client.expectError("denied", message, id: "1")
                try await eventually("the hook has been cancelled") { clock.sleeperCount == 0 }
            }
            try await client.send(binary: ByteBuffer(string: "x"))
            try await eventually("the hook and its timer wait") { clock.sleeperCount == 2 }
            try await clock.advance(by: .seconds(5))
            try await client.expectError("denied", "Request denied")
            #expect(manager.rooms(of: id) == ["room"])
            await client.leave()
        }
    }

    @Test func aSlowOnConnectAsksTheClientToComeBackLater() async throws {
        let clock = ManualClock()
        let hooks = WSHooks<TestUser>(onConnect: { _ in
            try await clock.sleep(for: .seconds(3600))
            return true
        })
        try await TestServer.run(WSManager(clock: clock), .init(), hooks) { server in
            let client = try await WSTestClient.open(port: server.port)
            try await eventually("the hook and its timer wait") { clock.sleeperCount == 2 }
            try await clock.advance(by: .seconds(10))
            let head = try await client.response()
            #expect(head.status == 503)
            #expect(head.headers["retry-after"] != nil)
        }
    }

    @Test func hooksBeyondTheirNumberAreRefused() async throws {
        let asked = Gate()
        let answer = Gate()
        let hooks = WSHooks<TestUser>(onJoinRoom: { _ in
            asked.open()
            await answer.pass()
            return true
        })
        try await TestServer.run(WSManager(), .with { $0.maxRunningHooks = 1 }, hooks) { server in
            let (first, _) = try await server.connected()
            let (second, _) = try await server.connected()
            try await first.send(#"{"type":"join","room":"a"}"#)
            await asked.pass()
            try await second.send(#"{"type":"join","room":"a"}"#)
            try await second.expectError("denied", "Access denied to room 'a'")
            answer.open()
            try await first.expect(#"{"type":"joined","room":"a"}"#)
            for client in [first, second] { await client.leave() }
        }
    }

    @Test func anOnDisconnectThatTakesTooLongIsCancelled() async throws {
        let clock = ManualClock()
        let (running, end, cancelled) = (Gate(), Gate(), Recorder<Void>())
        let hooks = WSHooks<TestUser>(onDisconnect: { _ in
            running.open()
            await withTaskCancellationHandler {
                await end.pass()
            } onCancel: {
                cancelled.add(())
            }
        })
        try await TestServer.run(WSManager(clock: clock), .init(), hooks) { server in
            let (client, _) = try await server.connected()
            await client.leave()
            await running.pass()
            while clock.sleeperCount == 0 { await Task.yield() }
            try await clock.advance(by: .seconds(9))
            #expect(cancelled.values.isEmpty)
            try await clock.advance(by: .seconds(2))
            try await eventually("the hook is cancelled") { cancelled.values.count == 1 }
        }
        end.open()
    }

    // MARK: Decisions

    @Test func joiningIsDecidedByTheHook() async throws {
        let manager = try WSManager()
        let hooks = WSHooks<TestUser>(onJoinRoom: { info in
            switch info.room {
            case "no": return false
            case "told": return #"Members "only""#
            case "broken": throw Failure()
            case "admin": return info.user?.id == "alice"
            default: return .allow
            }
        })
        try await TestServer.run(manager, .init(), hooks) { server in
            let (client, id) = try await server.connected(user: "alice")
            for (room, message) in [
                ("no", "Access denied to room 'no'"), ("told", #"Members \"only\""#), ("broken", "Access denied to room 'broken'"),
            ] {
                try await client.send(json: ["type": "join", "room": room])
                try await client.expectError("denied", message)
            }
            try await client.join("admin", "yes")
            #expect(manager.rooms(of: id) == ["admin", "yes"])
            await client.leave()
        }
    }

    @Test func aHookThatIsDoneWhenItsConnectionIsGoneLetsNobodyIn() async throws {
        let asked = Gate()
        let answer = Gate()
        let manager = try WSManager()
        let ends = Recorder<DisconnectReason>()
        let hooks = WSHooks<TestUser>(
            onJoinRoom: { _ in
                asked.open()
                await answer.pass()
                return true
            },
            onDisconnect: { ends.add($0.reason) }
        )
        try await TestServer.run(manager, .init(), hooks) { server in
            let (client, id) = try await server.connected()
            try await client.send(#"{"type":"join","room":"a"}"#)
            await asked.pass()
            #expect(try manager.disconnect(id))
            #expect(try await client.untilClose().code == .forbidden)
            answer.open()
            try await eventually("the end was reported") { ends.values == [.kicked] }
            #expect(manager.rooms().isEmpty)
        }
    }

    @Test func leavingIsReportedWhenItHappened() async throws {
        let left = Recorder<String>()
        let manager = try WSManager()
        try await TestServer.run(manager, .init(), .init(onLeaveRoom: { left.add("\($0.user?.id ?? "-") \($0.room)") })) { server in
            let (client, id) = try await server.connected(user: "alice")
            try await client.join("a", "b", "c")
            for room in ["a", "never"] {
                try await client.send(json: ["type": "leave", "room": room])
                try await client.expect(json: ["type": "left", "room": room])
            }
            // At the application's wish, and at the end, nobody is told.
            manager.leave(id, room: "b")
            try await client.expect(#"{"type":"left","room":"b"}"#)
            try await client.close()
            try await client.untilClose()
        }
        #expect(left.values == ["alice a"])
    }
}
