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

/// What clients say to an endpoint with rooms, and what they are answered.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSRoomProtocolTests {
    // MARK: Rooms

    @Test func theFirstMessageTellsTheID() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let client = try await WSTestClient.upgraded(port: server.port)
            let text = try await client.next().text ?? ""
            #expect(text.wholeMatch(of: /\{"type":"connected","id":"[0-9a-f]{32}"\}/) != nil, "\(text)")
            #expect(manager.connectionCount == 1)
            await client.leave()
        }
    }

    @Test func aClientJoinsAndLeavesRooms() async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (client, id) = try await server.connected()
            try await client.send(#"{"type":"join","room":"a/1"}"#)
            try await client.expect(#"{"type":"joined","room":"a/1"}"#)
            // A second time changes nothing.
            try await client.join("a/1", "b")
            #expect(manager.rooms(of: id) == ["a/1", "b"])
            try await client.send(#"{"type":"leave","room":"a/1"}"#)
            try await client.expect(#"{"type":"left","room":"a/1"}"#)
            try await client.send(#"{"type":"leave","room":"never"}"#)
            try await client.expect(#"{"type":"left","room":"never"}"#)
            #expect(manager.rooms(of: id) == ["b"])
            #expect(manager.rooms() == ["b"])
            await client.leave()
        }
    }

    @Test(arguments: [#"say \"hi\""#, #"caf\u00e9 👋"#, #"a\/b"#, "ü"]) func namesAreSaidBackAsJSON(name: String) async throws {
        struct Joined: Codable, Equatable {
            var type = "joined"
            let room: String
        }
        let room = name.replacing(#"\""#, with: "\"").replacing(#"\u00e9"#, with: "é").replacing(#"\/"#, with: "/")
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (client, _) = try await server.connected()
            try await client.send("{\"type\":\"join\",\"room\":\"\(name)\"}")
            try await client.expect(json: Joined(room: room))
            #expect(manager.rooms() == [room])
            await client.leave()
        }
    }

    // MARK: Messages

    @Test(
        arguments: [
            (#","payload":{"b": 1.50, "a":[null,true]}"#, #"{"b": 1.50, "a":[null,true]}"#),
            (#","payload" : "grün \u00fc""#, #""grün \u00fc""#),
            (#","payload":12345678901234567890"#, "12345678901234567890"),
            (#","payload":1,"payload":2"#, "2"),
            ("", "null"),
        ]
    )
    func aBroadcastReachesTheOthersAsItCame(member: String, payload: String) async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (alice, id) = try await server.connected()
            let (bob, _) = try await server.connected()
            let (carol, _) = try await server.connected()
            for client in [alice, bob] { try await client.join("chat") }
            try await alice.send("{\"type\":\"broadcast\",\"room\":\"chat\"\(member)}")
            try await bob.expect("{\"type\":\"message\",\"room\":\"chat\",\"from\":\"\(id)\",\"payload\":\(payload)}")
            // Neither the sender nor a stranger gets it.
            try manager.broadcastAll("end", [String: String]())
            for client in [alice, carol] { try await client.expect(#"{"type":"end"}"#) }
            for client in [alice, bob, carol] { await client.leave() }
        }
    }

    @Test func whatAClientSaysIsDeliveredInItsOrder() async throws {
        try await TestServer.run(WSManager(), .with { $0.messageRate = nil }) { server in
            let (alice, id) = try await server.connected()
            let (bob, _) = try await server.connected()
            for client in [alice, bob] { try await client.join("a", "b") }
            for number in 0..<300 {
                try await alice.send("{\"type\":\"broadcast\",\"room\":\"\(number % 2 == 0 ? "a" : "b")\",\"payload\":\(number)}")
            }
            for number in 0..<300 {
                let room = number % 2 == 0 ? "a" : "b"
                try await bob.expect("{\"type\":\"message\",\"room\":\"\(room)\",\"from\":\"\(id)\",\"payload\":\(number)}")
            }
            for client in [alice, bob] { await client.leave() }
        }
    }

    @Test func whoMayBroadcastIsASetting() async throws {
        let manager = try WSManager()
        for (policy, isMember, error) in [
            (.members, false, ("not_member", "Not a member of room 'a'")),
            (.anyone, false, nil),
            (.disabled, true, ("denied", "Clients do not broadcast here")),
        ] as [(WSConfiguration.BroadcastPolicy, Bool, (String, String)?)] {
            try await TestServer.run(manager, .with { $0.broadcasts = policy }) { server in
                let (listener, _) = try await server.connected()
                try await listener.join("a")
                let (client, id) = try await server.connected()
                if isMember { try await client.join("a") }
                try await client.send(#"{"type":"broadcast","room":"a","payload":1,"id":"x"}"#)
                if let error {
                    try await client.expectError(error.0, error.1, id: #""x""#)
                    try manager.broadcastAll("end", [String: String]())
                    try await listener.expect(#"{"type":"end"}"#)
                } else {
                    try await listener.expect(#"{"type":"message","room":"a","from":"\#(id)","payload":1}"#)
                }
                for client in [listener, client] { await client.leave() }
            }
        }
    }

    @Test func aPingIsAnsweredAndAPongIsNot() async throws {
        try await TestServer.run(WSManager()) { server in
            let (client, _) = try await server.connected()
            try await client.send(#"{"type":"pong"}"#)
            try await client.send(#" { "type" : "ping" } "#)
            try await client.expect(#"{"type":"pong"}"#)
            try await client.ping("protocol")
            #expect(try await client.nextFrame() == .pong("protocol"))
            await client.leave()
        }
    }

    @Test func requestsAreAnsweredInOrderHoweverTheyAreCut() async throws {
        try await TestServer.run(WSManager()) { server in
            let (client, _) = try await server.connected()
            var bytes = ByteBuffer()
            for number in 0..<100 { bytes.writeImmutableBuffer(WSTestFrame.text("{\"type\":\"ping\",\"id\":\(number)}").bytes()) }
            for piece in [1, 2, 3, 50, 500] {
                guard let slice = bytes.readSlice(length: piece) else { break }
                try await client.send(raw: slice)
            }
            try await client.send(raw: bytes)
            for number in 0..<100 { try await client.expect("{\"type\":\"pong\",\"id\":\(number)}") }
            // In fragments, with a ping in between.
            try await client.send(frame: .text(#"{"type":"#, isFinal: false))
            try await client.send(frame: .ping("between"))
            try await client.send(frame: .continuation(#""pin"#, isFinal: false))
            try await client.send(frame: .continuation(#"g"}"#))
            #expect(try await client.nextFrame() == .pong("between"))
            #expect(try await client.nextFrame() == .text(#"{"type":"pong"}"#))
            await client.leave()
        }
    }

    // MARK: Errors

    private static let long = String(repeating: "x", count: 256)

    @Test(
        arguments: [
            ("", "invalid_message", "Invalid message", nil),
            ("nonsense", "invalid_message", "Invalid message", nil),
            (#"["join"]"#, "invalid_message", "Invalid message", nil),
            (#"{"type":"ping"} x"#, "invalid_message", "Invalid message", nil),
            (#"{"type":"ping","id":1,}"#, "invalid_message", "Invalid message", nil),
            (#"{"room":"a","id":7}"#, "invalid_message", "Invalid message", "7"),
            (#"{"type":1,"id":"seven"}"#, "invalid_message", "Invalid message", #""seven""#),
            (#"{"type":"join","room":1,"id":-7.5e1}"#, "invalid_message", "Invalid message", "-7.5e1"),
            (#"{"type":"ping","id":{}}"#, "invalid_message", "Invalid message", nil),
            (#"{"type":"ping","id":null}"#, "invalid_message", "Invalid message", nil),
            (#"{"type":"join","id":1}"#, "missing_room", "Missing room", "1"),
            (#"{"type":"leave","id":2}"#, "missing_room", "Missing room", "2"),
            (#"{"type":"broadcast","payload":1,"id":3}"#, "missing_room", "Missing room", "3"),
            (
                #"{"type":"join","room":"","id":4}"#, "bad_name",
                "A room's name is 1 to 255 bytes of UTF-8 without control characters", "4"
            ),
            (
                #"{"type":"leave","room":"a\u0000b","id":5}"#, "bad_name",
                "A room's name is 1 to 255 bytes of UTF-8 without control characters", "5"
            ),
            (
                "{\"type\":\"broadcast\",\"room\":\"\(Self.long)\",\"id\":6}", "bad_name",
                "A room's name is 1 to 255 bytes of UTF-8 without control characters", "6"
            ),
            (#"{"type":"nope","id":8}"#, "unknown_type", "Unknown type: nope", "8"),
            (#"{"type":"say \"x\"","id":9}"#, "unknown_type", #"Unknown type: say \"x\""#, "9"),
            ("{\"type\":\"\(Self.long)\"}", "unknown_type", "Unknown type: \(Self.long.prefix(64))", nil),
            (#"{"type":"broadcast","room":"a","id":"é"}"#, "not_member", "Not a member of room 'a'", #""é""#),
        ] as [(String, String, String, String?)]
    )
    func aBadRequestIsAnsweredWithWhatIsWrongAndItsID(request: String, code: String, message: String, id: String?) async throws {
        let manager = try WSManager()
        try await TestServer.run(manager) { server in
            let (client, _) = try await server.connected()
            try await client.send(request)
            try await client.expectError(code, message, id: id)
            // It does no harm.
            try await client.join("a")
            #expect(manager.rooms() == ["a"])
            await client.leave()
        }
    }

    @Test func theIDOfARequestIsInItsAnswer() async throws {
        try await TestServer.run(WSManager()) { server in
            let (client, _) = try await server.connected()
            for (request, answer) in [
                (#"{"type":"join","room":"a","id":1}"#, #"{"type":"joined","room":"a","id":1}"#),
                (#"{"type":"join","room":"a","id":"again"}"#, #"{"type":"joined","room":"a","id":"again"}"#),
                (#"{"id":2,"room":"a","type":"leave"}"#, #"{"type":"left","room":"a","id":2}"#),
                (#"{"type":"ping","id":"\u0041"}"#, #"{"type":"pong","id":"\u0041"}"#),
            ] {
                try await client.send(request)
                try await client.expect(answer)
            }
            await client.leave()
        }
    }

    @Test(arguments: [(64, 64, true), (64, 65, false), (1, 1, true), (1, 2, false), (128, 128, true)])
    func deepJSONIsRefused(limit: Int, depth: Int, isAccepted: Bool) async throws {
        try await TestServer.run(WSManager(), .with { $0.maxJSONDepth = limit }) { server in
            let (client, _) = try await server.connected()
            let nested = String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1)
            try await client.send(depth == 1 ? #"{"type":"ping"}"# : "{\"type\":\"ping\",\"payload\":\(nested)}")
            if isAccepted { try await client.expect(#"{"type":"pong"}"#) } else { try await client.expectError("invalid_message", "Invalid message") }
            // Far too much of it does no harm either.
            try await client.send(String(repeating: "[", count: 100_000))
            try await client.expectError("invalid_message", "Invalid message")
            await client.leave()
        }
    }

    @Test func bytesAreNoRequest() async throws {
        try await TestServer.run(WSManager()) { server in
            let (client, _) = try await server.connected()
            try await client.send(binary: ByteBuffer(string: #"{"type":"ping"}"#))
            try await client.expectError("invalid_message", "Invalid message")
            await client.leave()
        }
    }
}
