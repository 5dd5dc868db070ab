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

/// What clients of an endpoint with rooms may not have too much of, and what becomes of those that break the rules of RFC 6455.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSRoomLimitTests {
    @Test func aConnectionHasSoManyRoomsAtMost() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager, .with { $0.maxRooms = 2 }) { server in
            let (client, id) = try await server.connected()
            try await client.join("a", "b")
            try await client.send(#"{"type":"join","room":"c","id":1}"#)
            try await client.expectError("limit", "At most 2 rooms", id: "1")
            // Nothing is against a room that it is in, nor against one for another.
            try await client.join("b")
            try await client.send(#"{"type":"leave","room":"a"}"#)
            try await client.expect(#"{"type":"left","room":"a"}"#)
            try await client.join("c")
            #expect(manager.rooms(of: id) == ["b", "c"])
            // The application is not bound by it.
            #expect(try manager.join(id, room: "d"))
            try await client.expect(#"{"type":"joined","room":"d"}"#)
            await client.leave()
        }
    }

    @Test func nobodyIsAskedAboutARoomTooMany() async throws {
        let asked = Recorder<String>()
        let hooks = WSHooks<TestUser>(onJoinRoom: { info in
            asked.add(info.room)
            return true
        })
        try await TestServer.run(WSManager(), .with { $0.maxRooms = 1 }, hooks) { server in
            let (client, _) = try await server.connected()
            try await client.join("a")
            try await client.send(#"{"type":"join","room":"b"}"#)
            try await client.expectError("limit", "At most 1 rooms")
            #expect(asked.values == ["a"])
            await client.leave()
        }
    }

    @Test func aRoomThatIsTooManyWhenTheHookHasAnsweredIsNotEntered() async throws {
        let manager = try WSManager()
        let hooks = WSHooks<TestUser>(onJoinRoom: { info in
            // The application is faster.
            try manager.join(info.id, room: "other")
            return true
        })
        try await TestServer.run(manager, .with { $0.maxRooms = 1 }, hooks) { server in
            let (client, id) = try await server.connected()
            try await client.send(#"{"type":"join","room":"a"}"#)
            let answers = Set([try await client.next().text, try await client.next().text])
            let refusal = #"{"type":"error","code":"limit","message":"At most 1 rooms"}"#
            #expect(answers == [#"{"type":"joined","room":"other"}"#, refusal])
            #expect(manager.rooms(of: id) == ["other"])
            await client.leave()
        }
    }

    @Test func theLengthOfNamesIsASetting() async throws {
        try await TestServer.run(WSManager(), .with { $0.maxNameLength = 3 }) { server in
            let (client, _) = try await server.connected()
            try await client.join("abc")
            try await client.send(#"{"type":"join","room":"abü"}"#)
            try await client.expectError("bad_name", "A room's name is 1 to 3 bytes of UTF-8 without control characters")
            await client.leave()
        }
    }

    @Test func messagesBeyondTheRateAreNotLookedAt() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        try await TestServer.run(manager, .with { $0.messageRate = .init(perSecond: 2, burst: 3) }) { server in
            let (client, id) = try await server.connected()
            try await client.join("a", "b", "c")
            for request in [#"{"type":"join","room":"d","id":1}"#, "nonsense"] {
                try await client.send(request)
                try await client.expectError("rate", "Too many messages")
            }
            try await client.send(binary: ByteBuffer(string: "x"))
            try await client.expectError("rate", "Too many messages")
            #expect(manager.rooms(of: id) == ["a", "b", "c"])
            // Protocol pings do not count.
            for _ in 0..<10 { try await client.roundTrip() }
            try await clock.advance(by: .milliseconds(500))
            try await client.join("d")
            try await client.send(#"{"type":"ping"}"#)
            try await client.expectError("rate", "Too many messages")
            await client.leave()
        }
    }

    @Test func whoCausesTooManyErrorsIsEnded() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        let ends = Recorder<DisconnectReason>()
        let configuration = WSConfiguration.with {
            $0.maxErrors = 3
            $0.heartbeat = .disabled
        }
        try await TestServer.run(manager, configuration, .init(onDisconnect: { ends.add($0.reason) })) { server in
            let (client, _) = try await server.connected()
            try await client.join("a")
            for _ in 0..<3 {
                try await client.send("nonsense")
                try await client.expectError("invalid_message", "Invalid message")
            }
            // Good requests change nothing about that, but time does: a hundredth of them is forgiven each second.
            try await client.send(#"{"type":"ping"}"#)
            try await client.expect(#"{"type":"pong"}"#)
            try await clock.advance(by: .seconds(34))
            try await client.send("nonsense")
            try await client.expectError("invalid_message", "Invalid message")
            // What comes behind the end is not looked at.
            var bytes = WSTestFrame.text("nonsense").bytes()
            bytes.writeImmutableBuffer(WSTestFrame.text(#"{"type":"join","room":"b"}"#).bytes())
            try await client.send(raw: bytes)
            #expect(try await client.untilClose() == .init(.limit, "Too many errors"))
            try await eventually("the end was reported") { ends.values == [.limit] }
            #expect(manager.rooms().isEmpty)
        }
        #expect(ends.values == [.limit])
    }

    // MARK: The rules of RFC 6455

    @Test(
        arguments: [
            (WSTestFrame.text("unmasked").bytes(masked: false), .protocolError, .protocolError),
            (WSTestFrame(opcode: 3, "x").bytes(), .protocolError, .protocolError),
            (WSTestFrame(opcode: 1, "x", rsv: 4).bytes(), .protocolError, .protocolError),
            (WSTestFrame(opcode: 9, "x", isFinal: false).bytes(), .protocolError, .protocolError),
            (WSTestFrame.continuation("x").bytes(), .protocolError, .protocolError),
            (WSTestFrame.close(1005).bytes(), .protocolError, .protocolError),
            (WSTestFrame(opcode: 8, "x").bytes(), .protocolError, .protocolError),
            (WSTestFrame(opcode: 1, payload: ByteBuffer(bytes: [0xff])).bytes(), .invalidPayload, .protocolError),
            (WSTestFrame.text(String(repeating: "x", count: 1001)).bytes(), .messageTooBig, .limit),
            // The header is enough.
            (ByteBuffer(bytes: [0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0]), .messageTooBig, .limit),
        ] as [(ByteBuffer, WSCloseCode, DisconnectReason)]
    )
    func whoBreaksTheRulesIsEndedWithTheirCode(bytes: ByteBuffer, code: WSCloseCode, reason: DisconnectReason) async throws {
        let ends = Recorder<DisconnectReason>()
        let manager = try WSManager()
        try await TestServer.run(manager, .with { $0.maxMessageBytes = 1000 }, .init(onDisconnect: { ends.add($0.reason) })) { server in
            let (client, _) = try await server.connected()
            try await client.join("a")
            var bytes = bytes
            bytes.writeImmutableBuffer(WSTestFrame.text(#"{"type":"join","room":"b"}"#).bytes())
            try await client.send(raw: bytes)
            let closing = try await client.untilClose()
            #expect(closing.code == code)
            #expect(!closing.reason.isEmpty)
            try await eventually("the end was reported") { ends.values == [reason] }
            #expect(manager.rooms().isEmpty)
        }
    }

    @Test func aMessageInTooManyFramesIsTooBig() async throws {
        try await TestServer.run(WSManager(), .with { $0.maxFragments = 3 }) { server in
            let (client, _) = try await server.connected()
            let parts = [#"{"ty"#, #"pe":"#, #""ping"}"#]
            try await client.send(frame: .text(parts[0], isFinal: false))
            try await client.send(frame: .continuation(parts[1], isFinal: false))
            try await client.send(frame: .continuation(parts[2]))
            try await client.expect(#"{"type":"pong"}"#)
            try await client.send(frame: .text("", isFinal: false))
            for _ in 0..<3 { try await client.send(frame: .continuation("", isFinal: false)) }
            #expect(try await client.untilClose().code == .messageTooBig)
        }
    }

    @Test(arguments: [nil, .normal, .goingAway, .init(rawValue: 4999)] as [WSCloseCode?])
    func aClientsCloseFrameIsAnsweredWithItsCode(code: WSCloseCode?) async throws {
        let ends = Recorder<DisconnectReason>()
        let manager = try WSManager()
        try await TestServer.run(manager, .init(), .init(onDisconnect: { ends.add($0.reason) })) { server in
            let (client, _) = try await server.connected()
            try await client.join("a")
            try await client.close(code, reason: code == nil ? "" : "bye")
            #expect(try await client.untilClose() == .init(code))
            try await eventually("the end was reported") { ends.values == [.clientClosed] }
            #expect(manager.connectionCount == 0)
        }
        #expect(ends.values == [.clientClosed])
    }

    @Test func whoSaysFarewellIsInNoRoomAnyMoreThoughItKeepsTheConnection() async throws {
        // The clock stands still: nobody closes the connection for it.
        let manager = try WSManager(clock: ManualClock())
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected(options: .init().with { $0.answersClose = false })
            try await client.join("a")
            try await client.close()
            try await client.untilClose()
            #expect(manager.members(of: "a").isEmpty)
            #expect(manager.info(of: id) == nil)
            #expect(!manager.send(.text("x"), to: id))
            try await client.cut()
        }
    }

    @Test func whoDoesNotAnswerACloseFrameIsGivenFiveSeconds() async throws {
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        let ends = Recorder<DisconnectReason>()
        try await TestServer.run(manager, .init(), .init(onDisconnect: { ends.add($0.reason) })) { server in
            let (client, id) = try await server.connected(options: .init().with { $0.answersClose = false })
            try manager.disconnect(id)
            #expect(try await client.nextFrame() == .close(4403, "kicked"))
            // What it says meanwhile is for nobody.
            try await client.send(#"{"type":"join","room":"a"}"#)
            try await clock.advance(by: .milliseconds(4_900))
            #expect(ends.values.isEmpty)
            try await clock.advance(by: .milliseconds(200))
            try await client.untilClose()
            try await eventually("the end was reported") { ends.values == [.kicked] }
            #expect(manager.rooms().isEmpty)
        }
    }
}
