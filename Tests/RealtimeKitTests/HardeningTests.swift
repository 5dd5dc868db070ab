//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import Logging
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Clients that behave badly.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HardeningTests {
    private func endpoint(_ manager: SSEManager, _ ends: Recorder<DisconnectReason>) throws -> Router<BasicRequestContext> {
        let router = Router()
        return router.sse("/sse", try SSEPlugin(manager: manager, hooks: .init(onDisconnect: { ends.add($0.reason) })))
    }

    @Test func aClientThatNeverReadsIsEvictedByBytesAndOthersLoseNothing() async throws {
        let log = LogRecorder()
        let ends = Recorder<DisconnectReason>()
        let manager = try SSEManager(configuration: .init(outbox: .init(maxBytes: 256 << 10)), logger: log.logger)
        try await TestServer.run(self.endpoint(manager, ends)) { server in
            let (stalled, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a", receiveBuffer: 4096)
            let (reader, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            try await stalled.stall()
            let pad = String(repeating: "x", count: 64 << 10)
            var sent = 0
            while ends.values.isEmpty, sent < 2_000 {
                try manager.broadcast(.text("\(sent) \(pad)"), to: "a")
                // The reader keeps pace, so that only the stalled client is behind.
                #expect(try await reader.next().data.hasPrefix("\(sent) "))
                sent += 1
            }
            #expect(ends.values == [.slowConsumer])
            #expect(manager.connectionCount == 1)
            #expect(log.records.values.contains { $0.hasPrefix("warning Slow consumer evicted") && $0.contains("slow_consumer") })
        }
    }

    @Test func aClientThatNeverReadsIsEvictedByAge() async throws {
        let clock = ManualClock()
        let ends = Recorder<DisconnectReason>()
        let manager = try SSEManager(configuration: .init(outbox: .init(maxBytes: 1 << 30)), clock: clock)
        try await TestServer.run(self.endpoint(manager, ends)) { server in
            let (stalled, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a", receiveBuffer: 4096)
            try await stalled.stall()
            let text = String(repeating: "x", count: 1 << 20)
            var queued = 0
            while queued == 0 { queued = try await manager.broadcastReceipt(.text(text), to: "a").queued }
            try await clock.advance(by: .milliseconds(9_800))
            #expect(ends.values.isEmpty)
            try await clock.advance(by: .milliseconds(400))
            try await eventually("it is evicted") { ends.values == [.slowConsumer] }
            #expect(manager.connectionCount == 0)
        }
    }

    @Test(arguments: [OverflowPolicy.dropOldest, .dropNewest])
    func droppingPoliciesKeepTheConnectionAndWholeMessages(policy: OverflowPolicy) async throws {
        let ends = Recorder<DisconnectReason>()
        let manager = try SSEManager(configuration: .init(outbox: .init(maxBytes: 128 << 10, overflow: policy)))
        try await TestServer.run(self.endpoint(manager, ends)) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a", receiveBuffer: 4096)
            try await client.stall()
            let pad = String(repeating: "x", count: 16 << 10)
            var dropped = 0
            var number = 0
            while number < 2_000, policy == .dropNewest ? dropped < 10 : number < 600 {
                dropped += try await manager.broadcastReceipt(.text("\(number) \(pad)"), to: "a").dropped
                number += 1
            }
            try await client.unstall()
            var seen: [Int] = []
            while seen.last != number - 1 {
                let data = try await client.next().data
                #expect(data.hasSuffix(" " + pad))
                seen.append(Int(data.prefix { $0 != " " }) ?? -1)
                // With `.dropNewest` the latest are those that are missing: one more shows that the client is served again.
                if policy == .dropNewest, seen.count >= number - dropped { break }
            }
            #expect(seen == seen.sorted())
            #expect(Set(seen).count == seen.count)
            #expect(seen.count < number)
            #expect(ends.values.isEmpty)
        }
    }

    @Test func connectsAndResetsAtAnyMomentLeaveNothingBehindAndDisturbNobody() async throws {
        let ends = Recorder<DisconnectReason>()
        let manager = try SSEManager()
        try await TestServer.run(self.endpoint(manager, ends)) { server in
            let (stable, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            let request = "GET /sse?channels=a,b HTTP/1.1\r\nHost: x\r\n\r\n"
            let publisher = Task {
                for number in 0..<500 {
                    try manager.broadcast(.text("\(number)"), to: "a")
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            try await withThrowingTaskGroup { group in
                for worker in 0..<8 {
                    group.addTask {
                        for round in 0..<40 {
                            let socket = try await TestSocket.connect(port: server.port)
                            try await socket.send(String(request.prefix((worker * 40 + round) % (request.count + 1))))
                            if round % 2 == 0 { _ = try? await socket.receive(timeout: .milliseconds(round)) }
                            if round % 3 == 0 { await socket.close() } else { try await socket.reset() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await publisher.value
            for number in 0..<500 { #expect(try await stable.next().data == "\(number)") }
            try await eventually("only the stable client is left") { manager.stats().connections == 1 }
            #expect(manager.stats().channels == ["a": 1])
            await stable.close()
            try await eventually("nobody is left") { manager.stats().connections == 0 && manager.channels().isEmpty }
        }
    }

    @Test(arguments: [1000, 60_000, 300_000]) func aClientThatTalksIntoItsStreamAndLeavesIsNoticed(bytes: Int) async throws {
        let ends = Recorder<DisconnectReason>()
        let manager = try SSEManager()
        try await TestServer.run(self.endpoint(manager, ends)) { server in
            let socket = try await TestSocket.connect(port: server.port)
            let client = try await SSETestClient.open(on: socket, authority: "x", "/sse?channels=a")
            _ = try await client.connectionID()
            // The server may close while they are being sent.
            try? await socket.send(String(repeating: "x", count: bytes))
            await client.close()
            try await eventually("it is gone") { manager.connectionCount == 0 && ends.values.count == 1 }
            #expect(bytes > 64 * 1024 || ends.values == [.clientClosed])
        }
    }

    @Test func aRequestThatAsksForAnUpgradeGetsItsStream() async throws {
        let manager = try SSEManager()
        try await TestServer.run(self.endpoint(manager, .init())) { server in
            let (client, _) = try await SSETestClient.connected(
                port: server.port,
                "/sse?channels=a",
                headers: ["Connection: Upgrade", "Upgrade: h2c"]
            )
            try manager.broadcast(.text("x"), to: "a")
            #expect(try await client.next().data == "x")
        }
    }
}
