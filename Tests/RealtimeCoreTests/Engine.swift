//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Logging
import NIOCore
import NIOEmbedded
import RealtimeCore
import Synchronization

/// A hub with one event loop that a test drives, and transports that keep what they are given.
final class Engine {
    /// The time of the loop.
    private struct LoopClock: EngineClock, @unchecked Sendable {
        // Used by one test, on its thread.
        let loop: EmbeddedEventLoop

        func now() -> NIODeadline { self.loop.now }
        func sleep(for duration: Duration) async throws { throw CancellationError() }
        func drive(_ advance: @escaping @Sendable (NIODeadline) -> EventLoopFuture<Void>) -> Bool { false }
    }

    let loop: EmbeddedEventLoop
    let hub: Hub
    /// The connections that are gone, in their order.
    var closed: [(id: ConnectionID, reason: DisconnectReason)] { self.ends.withLock { $0 } }

    private let ends = Ends()

    /// Makes a hub. The budget for what waits is its own unless one is given, and so is the loop.
    init(
        _ configuration: EngineConfiguration = .init(),
        loop: EmbeddedEventLoop = .init(),
        budget: OutboxBudget = .init(validated: .max),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.loop = loop
        self.hub = Hub(
            configuration: configuration,
            transport: "test",
            logger: logger,
            clock: LoopClock(loop: loop),
            outboxBudget: budget
        ) { reason in Engine.message("bye \(reason)") }
        self.loop.advanceTime(by: .seconds(1))
    }

    /// Adds a connection.
    func connect(
        _ topics: [String] = [],
        transport: FakeTransport = .init(),
        heartbeat: TimeAmount? = nil,
        user: String? = nil
    ) -> FakeTransport {
        let connection = Connection(
            id: transport.id,
            userID: user,
            hub: self.hub,
            shard: self.hub.shard(for: self.loop),
            transport: transport,
            heartbeat: HeartbeatSource(interval: heartbeat) { Engine.message("beat") }
        ) { [ends, id = transport.id] reason in
            ends.withLock { $0.append((id, reason)) }
        }
        self.hub.register(
            connection,
            topics: topics.map { ($0, nil) },
            metadata: .init(),
            connectedAt: .now,
            greeting: Engine.message("hello")
        )
        return transport
    }

    @discardableResult
    func publish(_ text: String, to topic: String, excluding: [FakeTransport] = []) -> Int {
        self.hub.publish(Self.message(text), to: .topic(topic), excluding: excluding.map(\.id))
    }

    /// Sends a message of so many bytes to one client.
    func send(_ bytes: Int, to client: FakeTransport) {
        let message = Self.message(String(repeating: "x", count: bytes - 1))
        _ = self.hub.publish(message, to: .connections([client.id]))
    }

    /// Sends a WebSocket's message of some length.
    func publish(webSocket length: Int, to topic: String) {
        _ = self.hub.publish(.webSocket(.text) { $0.writeRepeatingByte(0x61, count: length) }, to: .topic(topic))
    }

    /// Lets everything happen that is under way.
    func settle() { self.loop.advanceTime(by: .milliseconds(50)) }

    static func message(_ text: String) -> WireMessage {
        WireMessage.chunk(capacity: text.utf8.count + 1) { $0.writeString(text + "\n") }
    }

    private final class Ends: Sendable {
        private let values = Mutex<[(id: ConnectionID, reason: DisconnectReason)]>([])

        func withLock<Result: Sendable>(_ body: (inout [(id: ConnectionID, reason: DisconnectReason)]) -> Result) -> Result {
            self.values.withLock { body(&$0) }
        }
    }
}

/// A transport without a socket.
final class FakeTransport: ConnectionTransport, @unchecked Sendable {
    // Used by one test, on its thread.
    enum Behaviour {
        /// Every write is done at once.
        case prompt
        /// Writes stay under way until ``complete()``.
        case stalled
        /// The client is gone, which shows with the first write.
        case broken
    }

    let id = ConnectionID()
    let descriptor: CInt = -1
    let framing: WireMessage.Framing
    var behaviour: Behaviour
    /// Whether an abort takes until ``close(_:)``.
    var lingers = false
    private var connection: Connection?
    private(set) var writes: [[ByteBuffer]] = []
    private(set) var isFinished = false
    private(set) var isAborted = false

    init(_ behaviour: Behaviour = .prompt, framing: WireMessage.Framing = .bare) {
        self.behaviour = behaviour
        self.framing = framing
    }

    /// The messages that were written.
    var received: [String] {
        self.writes.joined().flatMap { String(buffer: $0).split(separator: "\n").map(String.init) }
    }

    func serve(_ connection: Connection) { self.connection = connection }

    func write(_ buffers: [ByteBuffer]) {
        self.writes.append(buffers)
        switch self.behaviour {
        case .prompt: self.connection?.writeCompleted()
        case .stalled: break
        case .broken: self.close(.connectionLost)
        }
    }

    /// The write under way is done.
    func complete() { self.connection?.writeCompleted() }

    func finish() {
        self.isFinished = true
        if self.behaviour == .prompt { self.close(.clientClosed) }
    }

    func abort() {
        self.isAborted = true
        if !self.lingers { self.close(.connectionLost) }
    }

    /// The client is gone.
    func close(_ cause: DisconnectReason) { self.connection?.transportClosed(cause) }
}
