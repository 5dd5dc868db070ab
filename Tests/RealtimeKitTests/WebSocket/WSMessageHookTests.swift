//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Testing

/// The hooks for clients' messages, and the one for the end.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSMessageHookTests {
    private struct Failure: Error {}

    // MARK: Broadcasts

    @Test func aBroadcastIsDecidedByTheHook() async throws {
        struct Payload: Decodable {
            let text: String
        }
        let seen = Recorder<String>()
        let hooks = WSHooks<TestUser>(onBroadcast: { info in
            let text = try info.payload.decode(as: Payload.self).text
            seen.add("\(info.userID ?? "-") \(info.room) \(text)")
            switch text {
            case "no": return false
            case "told": return "Be nice"
            case "broken": throw Failure()
            default: return true
            }
        })
        let manager = try WSManager()
        try await TestServer.run(manager, .init(), hooks) { server in
            let (alice, id) = try await server.connected(user: "alice")
            let (bob, _) = try await server.connected()
            for client in [alice, bob] { try await client.join("chat") }
            for (text, message) in [("no", "Broadcast denied in room 'chat'"), ("told", "Be nice"), ("broken", "Broadcast denied in room 'chat'")] {
                try await alice.send(#"{"type":"broadcast","room":"chat","payload":{"text":"\#(text)"},"id":1}"#)
                try await alice.expectError("denied", message, id: "1")
            }
            // What the hook cannot read it denies.
            try await alice.send(#"{"type":"broadcast","room":"chat"}"#)
            try await alice.expectError("denied", "Broadcast denied in room 'chat'")
            try await alice.send(#"{"type":"broadcast","room":"chat","payload":{"text":"hi"}}"#)
            try await bob.expect(#"{"type":"message","room":"chat","from":"\#(id)","payload":{"text":"hi"}}"#)
            #expect(seen.values == ["alice chat no", "alice chat told", "alice chat broken", "alice chat hi"])
            for client in [alice, bob] { await client.leave() }
        }
    }

    @Test func onlyMembersBroadcastsAreAskedAbout() async throws {
        let seen = Recorder<String>()
        let hooks = WSHooks<TestUser>(onBroadcast: { info in
            seen.add(info.room)
            return true
        })
        try await TestServer.run(WSManager(), .init(), hooks) { server in
            let (client, _) = try await server.connected()
            try await client.send(#"{"type":"broadcast","room":"a"}"#)
            try await client.expectError("not_member", "Not a member of room 'a'")
            await client.leave()
        }
        #expect(seen.values.isEmpty)
    }

    // MARK: Messages of the application's own

    @Test func messagesOfOtherTypesAreAnsweredByTheHook() async throws {
        struct Rename: Decodable {
            let name: String
        }
        struct Secret: Error {
            let text = "the password is 4711"
        }
        let hooks = WSHooks<TestUser>(onMessage: { info in
            switch info.type {
            case "rename":
                let name = try info.message.decode(as: Rename.self).name
                return ["type": "renamed", "name": "\(name) in \(info.room ?? "-")"]
            case "list": return [1, 2]
            case "empty": return [String: Int]()
            case "text": return "x"
            case "quiet": return nil
            case "nan": return [Double.nan]
            default: throw Secret()
            }
        })
        try await TestServer.run(WSManager(), .init(), hooks) { server in
            let (client, _) = try await server.connected()
            struct Renamed: Encodable {
                let type = "renamed"
                let name: String
                let id: Int?
            }
            try await client.send(#" {"type":"rename","name":"x"} "#)
            try await client.expect(json: Renamed(name: "x in -", id: nil))
            try await client.send(#"{"type":"rename","name":"ü","room":"a","id":7}"#)
            try await client.expect(json: Renamed(name: "ü in a", id: 7))
            for (request, answer) in [
                (#"{"type":"list","id":1}"#, "[1,2]"), (#"{"type":"empty","id":"e"}"#, #"{"id":"e"}"#), (#"{"type":"empty"}"#, "{}"),
                (#"{"type":"text","id":1}"#, #""x""#),
            ] {
                try await client.send(request)
                try await client.expect(answer)
            }
            for (request, code, message) in [
                (#"{"type":"rename","id":2}"#, "invalid_message", "Invalid message"),
                (#"{"type":"rename","name":7,"id":2}"#, "invalid_message", "Invalid message"),
                (#"{"type":"nan","id":2}"#, "denied", "Request denied"),
                (#"{"type":"else","id":2}"#, "denied", "Request denied"),
            ] {
                try await client.send(request)
                try await client.expectError(code, message, id: "2")
            }
            try await client.send(#"{"type":"quiet"}"#)
            try await client.send(#"{"type":"ping"}"#)
            try await client.expect(#"{"type":"pong"}"#)
            await client.leave()
        }
    }

    @Test func aHookSeesTheWholeMessageAsItCame() async throws {
        let seen = Recorder<String>()
        let hooks = WSHooks<TestUser>(onMessage: { info in
            seen.add(String(buffer: info.message.json))
            return nil
        })
        try await TestServer.run(WSManager(), .init(), hooks) { server in
            let (client, _) = try await server.connected()
            let message = #"{"type" : "own", "a":[1.0, null],"b":"ü"}"#
            try await client.send("\n\t" + message + " ")
            try await client.roundTrip()
            #expect(seen.values == [message])
            await client.leave()
        }
    }

    @Test func bytesAreAnsweredByTheHook() async throws {
        let hooks = WSHooks<TestUser>(onBinary: { info in
            switch info.bytes.readableBytes {
            case 0: throw Failure()
            case 1: return nil
            default: return ByteBuffer(bytes: info.bytes.readableBytesView.reversed())
            }
        })
        try await TestServer.run(WSManager(), .init(), hooks) { server in
            let (client, _) = try await server.connected()
            try await client.send(binary: ByteBuffer(bytes: [1, 2, 255]))
            try await client.expect(binary: ByteBuffer(bytes: [255, 2, 1]))
            try await client.send(binary: ByteBuffer(bytes: [1]))
            try await client.send(binary: ByteBuffer())
            try await client.expectError("denied", "Request denied")
            try await client.send(frame: .binary(ByteBuffer(bytes: [1]), isFinal: false))
            try await client.send(frame: WSTestFrame(opcode: 0, payload: ByteBuffer(bytes: [2])))
            try await client.expect(binary: ByteBuffer(bytes: [2, 1]))
            await client.leave()
        }
    }

    // MARK: The end

    /// How a connection ends.
    enum End: CaseIterable {
        case close
        case closeDuringHook
        case fin
        case cut
        case kick
        case protocolError
        case tooBig
        case pingTimeout
        case stop

        var reason: DisconnectReason {
            switch self {
            case .close, .closeDuringHook: .clientClosed
            case .fin, .cut: .connectionLost
            case .kick: .kicked
            case .protocolError: .protocolError
            case .tooBig: .limit
            case .pingTimeout: .pingTimeout
            case .stop: .shutdown
            }
        }
    }

    @Test(arguments: End.allCases, [WSPath.direct, .tls, .stock]) func everyEndIsReportedOnceWithItsReason(end: End, path: WSPath) async throws {
        let ends = Recorder<DisconnectInfo<TestUser>>()
        let clock = ManualClock()
        let manager = try WSManager(clock: clock)
        let answer = Gate()
        let hooks = WSHooks<TestUser>(
            onMessage: { _ in
                await answer.pass()
                return nil
            },
            onDisconnect: { ends.add($0) }
        )
        try await path.run(manager, .with { $0.maxMessageBytes = 100 }, hooks) { server in
            let options = WSTestClient.Options().with { $0.answersPings = false }
            let (client, id) = try await server.connected(headers: ["From: alice"], options: options)
            try await client.join("a")
            switch end {
            case .close: try await client.close()
            case .closeDuringHook:
                // The hook is still asked when the farewell comes, and the FIN behind it.
                try await client.send(#"{"type":"own"}"#)
                try await client.close()
                try await client.closeOutput()
            case .fin: try await client.closeOutput()
            case .cut: try await client.cut()
            case .kick: try manager.disconnect(id)
            case .protocolError: try await client.send(frame: .continuation("x"))
            case .tooBig: try await client.send(String(repeating: "x", count: 101))
            case .pingTimeout:
                try await clock.advance(by: .seconds(30))
                try await clock.advance(by: .seconds(10))
            case .stop: await server.base.stop()
            }
            try await eventually("the end was reported") { !ends.values.isEmpty }
            #expect(manager.connectionCount == 0 && manager.rooms().isEmpty)
            answer.open()
            await client.leave()
        }
        #expect(ends.values.map(\.reason) == [end.reason])
        #expect(ends.values.map(\.userID) == ["alice"])
    }
}
