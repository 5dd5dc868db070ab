//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Patterns of rooms, and the ends that the server's side makes.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSEndTests {
    // MARK: Patterns

    @Test func patternsDecideOnceThereAreAny() async throws {
        let manager = try WSManager()
        try manager.room("lobby")
        try manager.room("users/:id") { info, parameters in info.userID == parameters["id"] }
        try manager.room("teams/:teamId/updates") { _, parameters in parameters["teamId", as: Int.self] == 7 }
        try manager.room("broken") { _, _ in throw CancellationError() }
        try manager.room("told") { _, _ in "Members only" }
        // The same pattern again replaces the first.
        try manager.room("told") { info, _ in "\(info.room) is for members only" }
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected(user: "alice")
            try await client.join("lobby", "users/alice", "teams/7/updates")
            for room in ["users/bob", "teams/8/updates", "teams/7", "broken", "else"] {
                try await client.send(json: ["type": "join", "room": room])
                try await client.expectError("denied", "Access denied to room '\(room)'")
            }
            try await client.send(json: ["type": "join", "room": "told"])
            try await client.expectError("denied", "told is for members only")
            #expect(manager.rooms(of: id) == ["lobby", "users/alice", "teams/7/updates"])
            // The application needs nobody's leave.
            #expect(try manager.join(id, room: "else"))
            await client.leave()
        }
    }

    @Test func aPatternAndTheHookHaveToAgree() async throws {
        let manager = try WSManager()
        try manager.room("a/:x") { _, parameters in parameters["x"] != "1" }
        let asked = Recorder<String>()
        let hooks = WSHooks<TestUser>(onJoinRoom: { info in
            asked.add(info.room)
            return info.room != "a/2"
        })
        try await TestServer.run(manager, .with { $0.unknownRooms = .allow }, hooks) { server in
            let (client, _) = try await server.connected()
            for room in ["a/1", "a/2"] {
                try await client.send(json: ["type": "join", "room": room])
                try await client.expectError("denied", "Access denied to room '\(room)'")
            }
            try await client.join("a/3", "else")
            #expect(asked.values == ["a/2", "a/3", "else"])
            await client.leave()
        }
    }

    // MARK: Disconnecting

    @Test func aConnectionAUserARoomOrAllCanBeEnded() async throws {
        let manager = try WSManager()
        let ends = Recorder<String>()
        try await TestServer.run(manager, .init(), .init(onDisconnect: { ends.add("\($0.userID ?? "-") \($0.reason)") })) { server in
            let (one, id) = try await server.connected(user: "one")
            let (alice, _) = try await server.connected(user: "alice")
            let (member, _) = try await server.connected(user: "member")
            let (other, _) = try await server.connected(user: "other")
            let (last, _) = try await server.connected(user: "last")
            try await member.join("a")
            #expect(try manager.disconnect(id))
            #expect(try !manager.disconnect(id))
            #expect(manager.connectionCount == 4)
            #expect(try manager.disconnect(user: "alice", code: .expired, reason: "token expired") == 1)
            #expect(try manager.disconnect(room: "a", code: .goingAway, reason: "") == 1)
            #expect(try manager.disconnect(user: "other", code: .init(rawValue: 4999), reason: String(repeating: "ü", count: 100)) == 1)
            #expect(try manager.disconnectAll(code: .serviceRestart, reason: "update") == 1)
            #expect(manager.connectionCount == 0 && manager.rooms().isEmpty)
            for (client, closing) in [
                (one, .init(.forbidden, "kicked")), (alice, .init(.expired, "token expired")), (member, .init(.goingAway)),
                (other, .init(.init(rawValue: 4999), String(repeating: "ü", count: 61))), (last, .init(.serviceRestart, "update")),
            ] as [(WSTestClient, WSTestClient.Close)] {
                #expect(try await client.untilClose() == closing)
            }
            try await eventually("every end was reported") { ends.values.count == 5 }
            #expect(Set(ends.values) == ["one kicked", "alice kicked", "member kicked", "other kicked", "last kicked"])
        }
        #expect(ends.values.count == 5)
    }

    @Test func whatWasSentBeforeTheEndArrives() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected()
            for number in 0..<100 { manager.send(.text("\(number)"), to: id) }
            try manager.disconnect(id)
            #expect(!manager.send(.text("too late"), to: id))
            for number in 0..<100 { try await client.expect("\(number)") }
            #expect(try await client.nextOrEnd() == nil)
            #expect(try await client.untilClose() == .init(.forbidden, "kicked"))
        }
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] as [UInt16]) func aBadCodeThrows(code: UInt16) async throws {
        let manager = try WSManager()
        let code = WSCloseCode(rawValue: code)
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected(user: "alice")
            try await client.join("a")
            let error = #expect(throws: RealtimeError.self) { try manager.disconnect(id, code: code) }
            #expect(error?.code == .invalidField)
            #expect(throws: RealtimeError.self) { try manager.disconnect(user: "alice", code: code) }
            #expect(throws: RealtimeError.self) { try manager.disconnect(room: "a", code: code) }
            #expect(throws: RealtimeError.self) { try manager.disconnectAll(code: code) }
            #expect(manager.rooms(of: id) == ["a"])
            try await client.roundTrip()
            await client.leave()
        }
    }

    // MARK: The server's own ends

    @Test(arguments: [true, false]) func everyoneIsToldToComeBackWhenTheServerStops(withService: Bool) async throws {
        let manager = try WSManager()
        let ends = Recorder<DisconnectReason>()
        let hooks = WSHooks<TestUser>(onDisconnect: { ends.add($0.reason) })
        try await TestServer.run(manager, .init(), hooks, services: withService ? [manager] : []) { server in
            var clients: [WSTestClient] = []
            for _ in 0..<60 { clients.append(try await server.connected().client) }
            await server.stop()
            for client in clients { #expect(try await client.untilClose() == .init(.serviceRestart, "shutdown")) }
            await server.untilStopped()
            try await eventually("every end was reported") { ends.values.count == 60 }
            #expect(manager.connectionCount == 0)
        }
        #expect(ends.values.allSatisfy { $0 == .shutdown })
    }

    @Test func aConnectionThatIsOldEnoughEnds() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        let configuration = WSConfiguration.with {
            $0.maxConnectionAge = .seconds(60)
            $0.heartbeat = .disabled
        }
        try await TestServer.run(manager, configuration) { server in
            let (client, _) = try await server.connected()
            try await clock.advance(by: .milliseconds(59_900))
            try await client.join("a")
            try await clock.advance(by: .milliseconds(200))
            #expect(try await client.untilClose() == .init(.goingAway, "max_age"))
        }
    }
}
