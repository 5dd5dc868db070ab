//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import Testing

/// The name that hooks decide about is the one that is used, sign by sign.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HookNameTests {
    private static let names = ["Team/7", "team/7", "a%61", "A B", "e\u{301}t\u{e9}", "../x", "x,y", "+1"]

    @Test func ofAChannel() async throws {
        let manager = try SSEManager()
        let seen = Recorder<String>()
        try manager.channel("*any") { info, parameters in
            seen.add("pattern \(info.channel) \(parameters["any"] ?? "")")
            return true
        }
        let hooks = SSEHooks<TestUser>(onSubscribe: { info in
            seen.add("hook \(info.channel)")
            return true
        })
        try await LiveStream.run(manager, hooks) { server, _ in
            for name in Self.names {
                // Escaped once, and so decoded once.
                let escaped = name.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                let expected = ["pattern \(name) \(name)", "hook \(name)"].map { Array($0.utf8) }
                let stream = try await LiveStream(server, "/sse?channel=\(escaped)")
                #expect(manager.channels(of: stream.id).map { Array($0.utf8) } == [Array(name.utf8)])
                #expect(seen.values.suffix(2).map { Array($0.utf8) } == expected)
                await stream.client.close()
                let other = try await LiveStream(server)
                #expect(try await server.request("POST", "/sse/subscribe?\(other.query(escaped))").status == 200)
                #expect(manager.channels(of: other.id).map { Array($0.utf8) } == [Array(name.utf8)])
                #expect(seen.values.suffix(2).map { Array($0.utf8) } == expected)
                await other.client.close()
            }
            #expect(seen.values.count == 4 * Self.names.count)
        }
    }

    @Test func ofARoom() async throws {
        let manager = try WSManager()
        let seen = Recorder<String>()
        try manager.room("*any") { info, parameters in
            seen.add("pattern \(info.room) \(parameters["any"] ?? "")")
            return true
        }
        let hooks = WSHooks<TestUser>(
            onJoinRoom: { info in
                seen.add("join \(info.room)")
                return true
            },
            onLeaveRoom: { seen.add("leave \($0.room)") },
            onBroadcast: { info in
                seen.add("broadcast \(info.room)")
                return true
            }
        )
        try await TestServer.run(manager, .init(), hooks) { server in
            let (client, id) = try await server.connected()
            for name in Self.names {
                try await client.join(name)
                #expect(manager.rooms(of: id).map { Array($0.utf8) } == [Array(name.utf8)])
                try await client.send(json: ["type": "broadcast", "room": name])
                try await client.send(json: ["type": "leave", "room": name])
                try await client.expect(json: ["type": "left", "room": name])
                try await client.roundTrip()
                let expected = ["pattern \(name) \(name)", "join \(name)", "broadcast \(name)", "leave \(name)"].map { Array($0.utf8) }
                #expect(seen.values.suffix(4).map { Array($0.utf8) } == expected)
            }
            await client.leave()
        }
    }
}
