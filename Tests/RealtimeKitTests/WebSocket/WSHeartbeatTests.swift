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
import Testing

/// What keeps idle connections alive, and finds out about clients that are gone.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSHeartbeatTests {
    private static let message = #"{"type":"ping"}"#
    /// A client that answers no ping by itself.
    private static let silent = WSTestClient.Options().with { $0.answersPings = false }

    private static func with(_ heartbeat: WSHeartbeat) -> WSConfiguration { .with { $0.heartbeat = heartbeat } }

    // MARK: What is sent

    @Test func everyThirtySecondsThereIsAMessageAndAPing() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected()
            for _ in 0..<3 {
                try await clock.advance(by: .milliseconds(29_900))
                manager.send(.text("before"), to: id)
                #expect(try await client.nextFrame() == .text("before"))
                try await clock.advance(by: .milliseconds(100))
                #expect(try await client.nextFrame() == .text(Self.message))
                #expect(try await client.nextFrame() == .ping())
                try await client.roundTrip()
            }
            await client.leave()
        }
    }

    @Test(
        arguments: [
            (.init(interval: .seconds(5), sendsPing: false), [.text(Self.message)]),
            (.pings(every: .seconds(5)), [.ping()]),
            (.init(interval: .seconds(5)), [.text(Self.message), .ping()]),
            (.disabled, []),
        ] as [(WSHeartbeat, [WSTestFrame])]
    )
    func whatIsSentIsASetting(heartbeat: WSHeartbeat, frames: [WSTestFrame]) async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        try await TestServer.run(manager, Self.with(heartbeat)) { server in
            let (client, id) = try await server.connected()
            #expect(manager.heartbeatActive == (heartbeat != .disabled))
            #expect(manager.stats().heartbeatActive == (heartbeat != .disabled))
            try await clock.advance(by: .seconds(5))
            for frame in frames { #expect(try await client.nextFrame() == frame) }
            try await client.roundTrip()
            manager.send(.text("end"), to: id)
            #expect(try await client.nextFrame() == .text("end"))
            await client.leave()
            try await eventually("the client is gone") { !manager.heartbeatActive }
        }
    }

    // MARK: Signs of life

    /// Something that shows that a client is there.
    enum Sign: CaseIterable {
        case jsonPong
        case protocolPong
        case message
        case nonsense
        case protocolPing
        case partOfAFrame
        case none

        func send(from client: WSTestClient) async throws {
            switch self {
            case .jsonPong: try await client.send(#"{"type":"pong"}"#)
            case .protocolPong: try await client.pong()
            case .message: try await client.send(#"{"type":"leave","room":"a"}"#)
            case .nonsense: try await client.send("nonsense")
            case .protocolPing: try await client.ping()
            case .partOfAFrame: try await client.send(raw: ByteBuffer(bytes: [0x81]))
            case .none: break
            }
        }
    }

    @Test(arguments: Sign.allCases, [WSPath.direct, .tls]) func anyByteOfAClientIsASignOfLife(sign: Sign, path: WSPath) async throws {
        let clock = ManualClock()
        let manager = try path.manager(clock: clock)
        try await path.run(manager) { server in
            let (client, id) = try await server.connected(options: Self.silent)
            try await clock.advance(by: .seconds(30))
            try await client.expect(Self.message)
            try await sign.send(from: client)
            // Each step is a turn of the event loop, which reads what has come before it looks at the time.
            for _ in 0..<100 { try await clock.advance(by: .milliseconds(101)) }
            #expect((manager.info(of: id) != nil) == (sign != .none))
            await client.leave()
        }
    }

    @Test func theApplicationMayVouchForAConnection() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected(options: Self.silent)
            for _ in 0..<3 {
                for _ in 0..<3 { try await clock.advance(by: .seconds(10)) }
                try await client.next("ping")
                #expect(manager.pong(id))
            }
            try await clock.advance(by: .seconds(10))
            #expect(manager.info(of: id) != nil)
            await client.leave()
        }
    }

    @Test func aClientThatIsNotReadIsNotTakenForGone() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        let asked = Gate()
        let answer = Gate()
        let hooks = WSHooks<TestUser>(onJoinRoom: { _ in
            asked.open()
            await answer.pass()
            return true
        })
        try await TestServer.run(manager, .with { $0.hookTimeout = .seconds(3600) }, hooks) { server in
            let (client, id) = try await server.connected(options: Self.silent)
            try await client.send(#"{"type":"join","room":"a"}"#)
            await asked.pass()
            for _ in 0..<10 { try await clock.advance(by: .seconds(10)) }
            #expect(manager.info(of: id) != nil)
            answer.open()
            try await client.next("joined")
            await client.leave()
        }
    }

    // MARK: Eviction

    @Test(arguments: [true, false]) func whoDoesNotAnswerInTimeIsEnded(answersClose: Bool) async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        let ends = Recorder<DisconnectReason>()
        try await TestServer.run(manager, .init(), .init(onDisconnect: { ends.add($0.reason) })) { server in
            let options = Self.silent.with { $0.answersClose = answersClose }
            let (client, id) = try await server.connected(options: options)
            let (other, otherID) = try await server.connected()
            for client in [client, other] { try await client.join("a") }
            try await clock.advance(by: .seconds(30))
            for client in [client, other] { try await client.expect(Self.message) }
            try await other.roundTrip()
            try await clock.advance(by: .milliseconds(9_900))
            #expect(Set(manager.members(of: "a")) == [id, otherID])
            try await clock.advance(by: .milliseconds(200))
            // Out of its rooms and of the pool at once, whatever becomes of the connection.
            #expect(manager.members(of: "a") == [otherID])
            #expect(manager.connectionCount == 1)
            // No error comes before.
            #expect(try await client.nextFrame() == .ping())
            #expect(try await client.nextFrame() == .close(4408, "ping_timeout"))
            if !answersClose {
                #expect(ends.values.isEmpty)
                try await clock.advance(by: .seconds(6))
            }
            try await client.untilClose()
            try await eventually("the end was reported") { ends.values == [.pingTimeout] }
            try await other.roundTrip()
            await other.leave()
            try await eventually("the other end was reported") { ends.values.count == 2 }
        }
        #expect(ends.values == [.pingTimeout, .clientClosed])
    }

    // MARK: Started and stopped by hand

    /// Waits until the event loop has dealt with what was asked of the manager.
    private func settle(_ manager: WSManager, _ client: WSTestClient, _ id: ConnectionID) async throws {
        manager.send(.text("settled"), to: id)
        try await client.expect("settled")
    }

    @Test func heartbeatsAreStartedAndStoppedForAll() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        try await TestServer.run(manager, Self.with(.disabled)) { server in
            let (client, id) = try await server.connected()
            #expect(!manager.heartbeatActive)
            try await manager.startHeartbeat(interval: .seconds(5), timeout: .seconds(2))
            #expect(manager.heartbeatActive)
            try await self.settle(manager, client, id)
            // A second start changes nothing.
            try await manager.startHeartbeat(interval: .seconds(1), timeout: .seconds(1))
            let (late, lateID) = try await server.connected()
            try await self.settle(manager, client, id)
            try await clock.advance(by: .milliseconds(4_900))
            for (client, id) in [(client, id), (late, lateID)] { try await self.settle(manager, client, id) }
            try await clock.advance(by: .milliseconds(100))
            for client in [client, late] {
                try await client.expect(Self.message)
                try await client.roundTrip()
            }
            await manager.stopHeartbeat()
            #expect(!manager.heartbeatActive)
            #expect(!manager.stats().heartbeatActive)
            for (client, id) in [(client, id), (late, lateID)] { try await self.settle(manager, client, id) }
            try await clock.advance(by: .seconds(60))
            let (last, lastID) = try await server.connected()
            try await clock.advance(by: .seconds(60))
            let all = [(client, id), (late, lateID), (last, lastID)]
            for (client, id) in all { try await self.settle(manager, client, id) }
            // Stopped twice is stopped, and then they can be started anew.
            await manager.stopHeartbeat()
            try await manager.startHeartbeat(interval: .seconds(1), timeout: .seconds(1))
            for (client, id) in all { try await self.settle(manager, client, id) }
            try await clock.advance(by: .seconds(1))
            for (client, _) in all {
                try await client.expect(Self.message)
                await client.leave()
            }
            // Started by hand it goes on without connections.
            try await eventually("nobody is left") { manager.connectionCount == 0 }
            #expect(manager.heartbeatActive)
        }
    }

    @Test func aStoppedHeartbeatEvictsNobody() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected(options: Self.silent)
            try await clock.advance(by: .seconds(30))
            try await client.expect(Self.message)
            await manager.stopHeartbeat()
            #expect(!manager.heartbeatActive)
            try await self.settle(manager, client, id)
            try await clock.advance(by: .seconds(60))
            #expect(manager.info(of: id) != nil)
            await client.leave()
        }
    }

    @Test func aHeartbeatThatWasStartedEvictsAsWell() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        try await TestServer.run(manager, Self.with(.disabled)) { server in
            let (client, id) = try await server.connected(options: Self.silent)
            try await manager.startHeartbeat()
            try await self.settle(manager, client, id)
            try await clock.advance(by: .seconds(30))
            try await clock.advance(by: .seconds(10))
            #expect(try await client.untilClose() == .init(.pingTimeout, "ping_timeout"))
        }
    }

    @Test func badTimesAreRefused() async throws {
        let manager = try WSManager()
        for (interval, timeout) in [(.zero, .seconds(1)), (.seconds(1), .milliseconds(99)), (.seconds(86_401), .seconds(1))] as [(Duration, Duration)]
        {
            await #expect(throws: RealtimeError.self) { try await manager.startHeartbeat(interval: interval, timeout: timeout) }
        }
        #expect(!manager.heartbeatActive)
    }
}
