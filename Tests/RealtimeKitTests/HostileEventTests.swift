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

/// Events and names that would break the stream, or another client's. The caller gets an error, the clients get nothing.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HostileEventTests {
    private func serving(_ test: @Sendable @escaping (TestServer, SSEManager) async throws -> Void) async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager, configuration: .init()) { server, _ in try await test(server, manager) }
    }

    /// All ways to send an event to the client `id` of a user alice on the channel `hostile`.
    private static let sending: [(String, @Sendable (SSEManager, ConnectionID, SSEEvent) async throws -> Void)] = [
        ("broadcast", { manager, _, event in try manager.broadcast(event, to: "hostile") }),
        ("broadcast by filter", { manager, _, event in try manager.broadcast(event, to: "hostile", where: { _ in true }) }),
        ("broadcastAll", { manager, _, event in try manager.broadcastAll(event) }),
        ("broadcastReceipt", { manager, _, event in _ = try await manager.broadcastReceipt(event, to: "hostile") }),
        ("send", { manager, id, event in try manager.send(event, to: id) }),
        ("send to a user", { manager, _, event in try manager.send(event, toUser: "alice") }),
        ("to", { manager, _, event in try manager.to("hostile").send(event) }),
        ("a text", { manager, _, event in try manager.broadcast(event.event ?? "e", "text", to: "hostile", id: event.id) }),
        ("a payload", { manager, _, event in try manager.broadcast(event.event ?? "e", ["a": 1], to: "hostile", id: event.id) }),
    ]

    @Test(arguments: ["\r", "\n", "\r\n", "\0", "a\rb", "a\nb", "a\0b", "a\n\ndata: forged\n\n"])
    func anEventThatWouldForgeOthersIsAnErrorAndNothingIsSent(text: String) async throws {
        try await self.serving { server, manager in
            let (client, id) = try await SSETestClient.connected(port: server.port, "/sse?channels=hostile", headers: ["From: alice"])
            for (name, send) in Self.sending {
                for event in [SSEEvent(event: text, data: "x"), SSEEvent(event: "e", data: "x", id: text)] {
                    let error = await #expect(throws: RealtimeError.self, "\(name)") { try await send(manager, id, event) }
                    #expect(error?.code == .invalidField, "\(name)")
                }
            }
            // In the data it is a line break, and NUL is a character.
            try manager.broadcast("good", text, to: "hostile")
            let event = try await client.expect("good")
            #expect(event.data == text.replacing("\r\n", with: "\n").replacing("\r", with: "\n"))
            await client.close()
        }
    }

    @Test(arguments: ["\r", "\n", "\0", "a\r\nb"]) func anEventOfAChannelOrAResponseIsCheckedToo(text: String) async throws {
        let channel = try SSEChannel("own", limiter: ConnectionLimiter(.init()))
        let codes = Recorder<RealtimeError.Code>()
        let router = Router()
            .get("channel") { request, context in channel.respond(to: request, context: context) }
            .get("response") { _, _ in
                SSEResponse { stream in
                    try await Self.send(text, on: stream, codes)
                    try await stream.send("good")
                }
            }
        try await TestServer.run(router) { server in
            let response = try await SSETestClient.open(port: server.port, "/response")
            try await response.expect("good")
            #expect(codes.values == Array(repeating: .invalidField, count: 4))
            let member = try await SSETestClient.open(port: server.port, "/channel")
            #expect(try await member.nextComment() == "open")
            for event in [SSEEvent(event: text), SSEEvent(event: "e", id: text)] {
                let error = #expect(throws: RealtimeError.self) { try channel.broadcast(event) }
                #expect(error?.code == .invalidField)
            }
            try channel.broadcast("good", "")
            try await member.expect("good")
            for client in [response, member] { await client.close() }
        }
    }

    private static func send(_ text: String, on stream: SSEResponseStream, _ codes: Recorder<RealtimeError.Code>) async throws {
        for event in [SSEEvent(event: text), SSEEvent(event: "e", id: text)] {
            do {
                try await stream.send(event)
            } catch let error as RealtimeError {
                codes.add(error.code)
            }
            do {
                try stream.enqueue(event)
            } catch {
                codes.add(error.code)
            }
        }
    }

    @Test(arguments: ["", "\0", "a\nb", "a\rb", "a\u{7f}", "a\u{85}", String(repeating: "n", count: 256), String(repeating: "\u{1f44b}", count: 64)])
    func aBadNameIsAnErrorWhereverTheServerUsesIt(name: String) async throws {
        try await self.serving { server, manager in
            let (client, id) = try await SSETestClient.connected(port: server.port, "/sse?channels=hostile")
            let using: [@Sendable () async throws -> Void] = [
                { try manager.broadcast(.text("x"), to: name) },
                { try manager.broadcast(.text("x"), to: name, where: { _ in true }) },
                { try manager.broadcast("e", "x", to: name) },
                { _ = try await manager.broadcastReceipt(.text("x"), to: name) },
                { try manager.to(name).send(.text("x")) },
                { try manager.subscribe(id, to: name) },
                { _ = try SSEChannel(name) },
            ]
            for (index, use) in using.enumerated() {
                let error = await #expect(throws: RealtimeError.self, "\(index)") { try await use() }
                #expect(error?.code == .invalidName, "\(index)")
            }
            #expect(!manager.unsubscribe(id, from: name))
            #expect(manager.members(of: name).isEmpty)
            #expect(manager.channels(of: id) == ["hostile"])
            try manager.broadcast("good", "", to: "hostile")
            try await client.expect("good")
            await client.close()
        }
    }
}
