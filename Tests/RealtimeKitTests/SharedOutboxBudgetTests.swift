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

/// Clients of both kinds that share one budget, over real connections.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SharedOutboxBudgetTests {
    @Test func stalledClientsOfBothKindsGoAndReadersGetEverything() async throws {
        let budget = try OutboxBudget(maxBytes: 1 << 20)
        let log = LogRecorder()
        let ends = Recorder<(ConnectionID, DisconnectReason)>()
        // No outbox is full by itself.
        let configuration = EngineConfiguration(outbox: .init(maxBytes: 1 << 30, maxAge: .seconds(3600)))
        let streams = try SSEManager(configuration: configuration, outboxBudget: budget, logger: log.logger)
        let sockets = try WSManager(configuration: configuration, outboxBudget: budget, logger: log.logger)
        let router = Router()
            .sse("/sse", try SSEPlugin(manager: streams, hooks: .init(onDisconnect: { ends.add(($0.id, $0.reason)) })))
            .webSocket("/ws", try WebSocketPlugin.forTests(sockets, .init(), .init(onDisconnect: { ends.add(($0.id, $0.reason)) })))
        try await TestServer.run(router) { server in
            var stalled: Set<ConnectionID> = []
            var stalledStreams: [SSETestClient] = []
            var stalledSockets: [WSTestClient] = []
            for _ in 0..<3 {
                let (stream, streamID) = try await SSETestClient.connected(port: server.port, "/sse?channels=a", receiveBuffer: 4096)
                try await stream.stall()
                let (socket, socketID) = try await server.connected(options: .init(receiveBuffer: 4096))
                try sockets.join(socketID, room: "a")
                try await socket.stall()
                stalled.formUnion([streamID, socketID])
                stalledStreams.append(stream)
                stalledSockets.append(socket)
            }
            let (stream, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            let (socket, _) = try await server.connected()
            try await socket.join("a")
            let pad = String(repeating: "x", count: 64 << 10)
            var number = 0
            while ends.values.count < stalled.count {
                try streams.broadcast(.text("\(number) \(pad)"), to: "a")
                try sockets.broadcast(.text("\(number) \(pad)"), to: "a")
                #expect(try await stream.next("message").data == "\(number) \(pad)")
                try await socket.expect("\(number) \(pad)")
                try await eventually("no more than the budget waits") { budget.bytes <= budget.maxBytes }
                number += 1
                // What the buffers of two kernels hold does not count.
                try #require(number < 1000, "not all are ended")
            }
            #expect(Set(ends.values.map(\.0)) == stalled)
            #expect(ends.values.allSatisfy { $0.1 == .slowConsumer })
            #expect(streams.connectionCount == 1 && sockets.connectionCount == 1)
            try await eventually("nothing waits any more") { budget.bytes == 0 }
            let line = log.records.values.first { $0.hasPrefix("warning Slow consumer evicted") }
            for part in ["outbox budget", "\"rt.outbox_budget.max_bytes\": 1048576", "rt.outbox_budget.bytes", "rt.outbox.bytes", "rt.outbox.age"] {
                #expect(line?.contains(part) == true, "\(part) in \(line ?? "nothing")")
            }
            for client in stalledStreams + [stream] { await client.close() }
            for client in stalledSockets + [socket] { await client.leave() }
        }
    }
}
