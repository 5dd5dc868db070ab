//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Logging
public import NIOCore
import RealtimeCore
import Synchronization

/// The open stream of an ``SSEResponse``. May be used from several tasks; what they send goes out in the order of their calls.
public final class SSEResponseStream: Sendable {
    private enum State {
        /// The connection is not registered yet.
        case opening
        case open(Connection)
        case ended
    }

    /// The id of the connection.
    public let id = ConnectionID()

    private let hub: Hub
    private let state = Mutex(State.opening)
    private let opening = FirstResult<Connection?>()
    private let end = Signal()

    init(hub: Hub) {
        self.hub = hub
    }

    // MARK: Sending

    /// Sends an event and waits until the client has room for another.
    ///
    /// - Throws: `CancellationError` when the stream is closed, ``RealtimeError`` for CR, LF or NUL in the event's type or id.
    public func send(_ event: SSEEvent) async throws {
        try await self.offer(.sse(event))
    }

    /// Sends a named event without data.
    public func send(_ event: String) async throws {
        try await self.send(SSEEvent(event: event))
    }

    /// Sends a named event with a payload as JSON.
    public func send(_ event: String, _ payload: some Encodable, id: String? = nil, retry: Int? = nil) async throws {
        try await self.send(.json(payload, event: event, id: id, retry: retry))
    }

    /// Sends a named event with a text as it is.
    public func send(_ event: String, _ text: String, id: String? = nil, retry: Int? = nil) async throws {
        try await self.send(SSEEvent(event: event, data: text, id: id, retry: retry))
    }

    /// Sends a payload as JSON, without an event name: clients see it as `message`.
    public func data(_ payload: some Encodable) async throws {
        try await self.send(.json(payload))
    }

    /// Sends a text as it is, without an event name: clients see it as `message`.
    public func data(_ text: String) async throws {
        try await self.send(.text(text))
    }

    /// Sends a comment, which clients do not see.
    public func comment(_ text: String) async throws {
        try await self.offer(.sseComment(text))
    }

    /// Sends text verbatim. It has to be one or more whole events in their wire form, blank lines included: nothing checks or completes it,
    /// and a heartbeat may follow.
    public func sendRaw(_ text: String) async throws {
        try await self.write(ByteBuffer(string: text))
    }

    /// Sends bytes verbatim, as ``sendRaw(_:)`` does with text.
    public func write(_ bytes: ByteBuffer) async throws {
        // An empty chunk would end the body.
        guard bytes.readableBytes > 0 else { return }
        try await self.offer(WireMessage.chunk(capacity: bytes.readableBytes) { $0.writeImmutableBuffer(bytes) })
    }

    /// Sends an event without waiting, for callbacks that cannot. What waits for a slow client is limited as for any connection.
    ///
    /// - Returns: whether the stream is open.
    @discardableResult
    public func enqueue(_ event: SSEEvent) throws(RealtimeError) -> Bool {
        let message = try WireMessage.sse(event)
        return self.hub.publish(message, to: .connections([self.id])) > 0
    }

    private func offer(_ message: WireMessage) async throws {
        try Task.checkCancellation()
        guard case .open(let connection) = self.state.withLock({ $0 }), await self.hub.offer(message, to: connection) else {
            throw CancellationError()
        }
    }

    // MARK: The end

    /// Ends the stream; what was sent before still arrives. The closure that feeds it may go on, but send no more.
    public func close() {
        self.state.withLock { $0 = .ended }
        self.hub.end([self.id], .completed)
    }

    /// Waits until the stream has ended, because the client left, the server stopped, or ``close()`` was called. For closures that hand the
    /// stream to a callback and have nothing else to do.
    public var closed: Void {
        get async { await self.end.wait() }
    }

    // MARK: From the connection

    /// The connection is registered; `nil` when that failed.
    func opened(_ connection: Connection?) {
        guard let connection else { return self.ended() }
        self.state.withLock { state in
            // It may be gone already.
            if case .opening = state { state = .open(connection) }
        }
        self.opening.finish(.success(connection))
    }

    /// If the connection was not registered, it never will be.
    func neverOpened() {
        guard case .opening = self.state.withLock({ $0 }) else { return }
        self.ended()
    }

    /// The connection is gone, or never came to be.
    func ended() {
        self.state.withLock { $0 = .ended }
        self.opening.finish(.success(nil))
        self.end.send()
    }

    /// Feeds the stream once it is open, and ends it.
    func run(_ work: SSEResponse.Work, logger: Logger) async {
        guard let connection = try? await self.opening.wait() else { return }
        do {
            try await work(self)
            self.hub.end([connection.id], .completed)
        } catch {
            // Nothing is wrong with a closure that gives up because its client has left.
            if self.hub.end([connection.id], .failed) > 0 {
                logger.warning("An event stream ended with an error", metadata: ["rt.error": "\(type(of: error))"])
            }
        }
    }
}
