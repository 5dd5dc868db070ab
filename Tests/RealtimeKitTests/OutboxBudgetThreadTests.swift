//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import NIOPosix
import RealtimeCore
import Testing

/// Event loops on threads of their own that fill and relieve one budget at the same time.
@Suite(.serialized, .timeLimit(.minutes(1))) struct OutboxBudgetThreadTests {
    /// A transport without a socket.
    private final class Transport: ConnectionTransport, @unchecked Sendable {
        // Belongs to its loop.
        let descriptor: CInt = -1
        let framing = WireMessage.Framing.bare
        private let loop: any EventLoop
        /// How long each write takes; `nil` for those that are never done.
        private let pace: TimeAmount?
        private var connection: Connection?
        private(set) var writes = 0

        init(loop: any EventLoop, pace: TimeAmount?) {
            self.loop = loop
            self.pace = pace
        }

        func serve(_ connection: Connection) { self.connection = connection }

        func write(_ buffers: [ByteBuffer]) {
            self.writes += buffers.count
            guard let pace else { return }
            if pace == .zero { return self.connection?.writeCompleted() ?? () }
            self.loop.scheduleTask(in: pace) { self.connection?.writeCompleted() }
        }

        func finish() { self.close() }

        /// As a socket, which may be gone a moment later only.
        func abort() { self.loop.execute { self.close() } }

        func close() { self.connection?.transportClosed(.connectionLost) }
    }

    /// Connects a client, on its loop.
    private func connect(_ hub: Hub, on loop: any EventLoop, pace: TimeAmount?, _ ends: Recorder<DisconnectReason>) async throws -> Transport {
        try await loop.submit {
            let transport = Transport(loop: loop, pace: pace)
            let connection = Connection(
                id: ConnectionID(),
                userID: nil,
                hub: hub,
                shard: hub.shard(for: loop),
                transport: transport,
                heartbeat: nil
            ) { ends.add($0) }
            hub.register(
                connection,
                topics: [("a", nil)],
                metadata: .init(),
                connectedAt: .now,
                greeting: .chunk(capacity: 1) { $0.writeString("x") }
            )
            return transport
        }.get()
    }

    @Test func nobodysBytesAreForgottenAndTheBudgetHoldsWheneverThereIsPeace() async throws {
        let budget = OutboxBudget(validated: 20_000)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let loops = Array(group.makeIterator())
        let configuration = EngineConfiguration(outbox: .init(maxBytes: .max, maxAge: .seconds(3600)))
        let hubs = (0..<2).map { _ in
            Hub(configuration: configuration, transport: "test", logger: .silent, clock: SystemClock(), outboxBudget: budget) { _ in nil }
        }
        let readerEnds = Recorder<DisconnectReason>()
        let stalledEnds = Recorder<DisconnectReason>()
        var readers: [(transport: Transport, loop: any EventLoop)] = []
        var others: [(transport: Transport, loop: any EventLoop)] = []
        for loop in loops {
            for hub in hubs { readers.append((try await self.connect(hub, on: loop, pace: .zero, readerEnds), loop)) }
        }
        let rounds = 60
        let messages = 20
        for round in 0..<rounds {
            // Stalled ones come in place of those that are gone, and some that are slow.
            for loop in loops {
                for hub in hubs {
                    for pace in [nil, nil, .microseconds(200)] as [TimeAmount?] {
                        others.append((try await self.connect(hub, on: loop, pace: pace, stalledEnds), loop))
                    }
                }
            }
            await withTaskGroup(of: Void.self) { tasks in
                for hub in hubs {
                    for _ in 0..<2 {
                        tasks.addTask {
                            for _ in 0..<messages / 2 {
                                _ = hub.publish(.chunk(capacity: 300) { $0.writeRepeatingByte(0x61, count: 300) }, to: .topic("a"))
                            }
                        }
                    }
                }
            }
            // Afterwards nobody adds anything any more: whatever has to be ended has to be so by what is under way already.
            try await eventually("round \(round): readers have everything") {
                for (reader, loop) in readers where try await loop.submit({ reader.writes }).get() != 1 + (round + 1) * messages { return false }
                return true
            }
            try await eventually("round \(round): no more than the budget waits") { budget.bytes <= budget.maxBytes }
        }
        #expect(readerEnds.values.isEmpty)
        #expect(stalledEnds.values.count > 50)
        #expect(stalledEnds.values.allSatisfy { $0 == .slowConsumer })
        for (transport, loop) in readers + others { try await loop.submit { transport.close() }.get() }
        #expect(budget.bytes == 0)
        try await group.shutdownGracefully()
    }
}
