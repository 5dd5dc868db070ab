//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
public import RealtimeCore
public import RealtimeKit

/// A client of one WebSocket on a real connection, for tests.
///
/// Everything that waits gives up with a ``TestTimeout`` (10 s, see ``Options/timeout``), so that a test never hangs. Reading is strict: a
/// server that breaks a rule of HTTP or of RFC 6455 fails the test with a ``BrokenResponse``. Unless told otherwise (see ``Options``) the
/// client answers pings and close frames by itself. One task waits at a time.
public actor WSTestClient {
    /// The beginning of a response.
    public typealias Head = SSETestClient.Head

    /// What a close frame says.
    public struct Close: Hashable, Sendable {
        /// Why; `nil` for a frame without a code.
        public let code: WSCloseCode?
        /// More about it.
        public let reason: String

        /// Makes what a close frame says.
        public init(_ code: WSCloseCode?, _ reason: String = "") {
            self.code = code
            self.reason = reason
        }
    }

    /// How the client behaves.
    public nonisolated let options: Options

    let socket: TestSocket
    private let inbox = TestInbox<WSTestArrival>()
    private var ready: ArraySlice<WSTestArrival.Frame> = []
    private var refusal = ByteBuffer()
    private var roundTrips = 0
    /// Whether the client has sent a close frame.
    var hasClosed = false

    /// The beginning of the response, once it has come.
    public private(set) var head: Head?
    /// What the server's close frame says, once it has come.
    public private(set) var closing: Close?
    /// Whether nothing more comes.
    public private(set) var isEnded = false

    init(_ socket: TestSocket, _ handshake: WSTestHandshake, _ options: Options) {
        self.socket = socket
        self.options = options
        Task { await self.pump(handshake) }
    }

    // MARK: The answer to the handshake

    /// Waits for the server's answer: 101, or the head of a refusal.
    ///
    /// - Throws: ``BrokenResponse`` when the connection ends without one, and when an upgrade is not granted by the book.
    @discardableResult
    public func response() async throws -> Head {
        while true {
            if let head { return head }
            guard try await self.receive() else { throw BrokenResponse(what: "the connection was closed without a response") }
        }
    }

    /// The subprotocol that the server has chosen; `nil` for none, and before its answer.
    public var subprotocol: String? { self.head?.headers["sec-websocket-protocol"] }

    /// Waits for the whole body of a refusal.
    public func body() async throws -> String {
        guard try await self.response().status != 101 else { throw BrokenResponse(what: "the connection was upgraded, there is no body") }
        while try await self.receive() {}
        return String(buffer: self.refusal)
    }

    // MARK: Messages

    /// Waits for the next message.
    ///
    /// - Throws: ``BrokenResponse`` when the connection ends before.
    public func next() async throws -> WSMessage {
        guard let message = try await self.nextOrEnd() else { throw self.ended }
        return message
    }

    /// Waits for the next message; `nil` when there is no more, because of a close frame or without one.
    public func nextOrEnd() async throws -> WSMessage? {
        while true {
            while let arrived = self.ready.popFirst() {
                if case .message(let message) = arrived.event { return message }
            }
            guard try await self.receive() else { return nil }
        }
    }

    /// The messages as a sequence, until the connection ends: `for try await message in client.messages`.
    public nonisolated var messages: WSTestMessages { WSTestMessages(client: self) }

    /// Waits for the next frame, whatever it is. The frames of messages that were waited for are gone.
    ///
    /// - Throws: ``BrokenResponse`` when the connection ends before.
    public func nextFrame() async throws -> WSTestFrame {
        while true {
            if let arrived = self.ready.popFirst() { return arrived.frame }
            guard try await self.receive() else { throw self.ended }
        }
    }

    /// Sends a ping and waits for its pong: the server has then read what was sent before. Messages that come meanwhile are kept.
    public func roundTrip() async throws {
        self.roundTrips += 1
        let mark = "round trip \(self.roundTrips)"
        try await self.ping(mark)
        while self.ready.last?.event != .pong(ByteBuffer(string: mark)) {
            guard try await self.receive() else { throw self.ended }
        }
        self.ready.removeLast()
    }

    /// Waits until the server has closed: for its close frame, and for the end of the connection, which comes when the client has answered.
    /// Messages that come before and were not waited for are dropped.
    ///
    /// - Returns: what the close frame says.
    /// - Throws: ``BrokenResponse`` when the connection ends without such a frame.
    @discardableResult
    public func untilClose() async throws -> Close {
        while try await self.receive() {}
        self.ready = []
        guard let closing else { throw self.ended }
        return closing
    }

    private var ended: BrokenResponse {
        if let head, head.status != 101 { return BrokenResponse(what: "the handshake was answered with \(head.status)") }
        guard let closing else { return BrokenResponse(what: "the connection has ended without a close frame") }
        let code = closing.code.map { "\($0)" } ?? "no code"
        return BrokenResponse(what: "the server has closed with \(code) and the reason '\(closing.reason)'")
    }

    // MARK: Reading

    /// Waits for something more to arrive.
    ///
    /// - Returns: whether there was more.
    private func receive() async throws -> Bool {
        guard !self.isEnded else { return false }
        switch try await self.inbox.next(timeout: self.options.timeout) {
        case .head(let head): self.head = head
        case .body(let bytes): self.refusal.writeImmutableBuffer(bytes)
        case .frame(let arrived):
            if case .close(let closing) = arrived.event { self.closing = closing }
            self.ready.append(arrived)
        case .broken(let error):
            self.isEnded = true
            throw error
        case .bodyEnd, nil: self.isEnded = true
        }
        return !self.isEnded
    }

    /// Reads for as long as the connection lasts, and answers what a client has to answer.
    private func pump(_ handshake: WSTestHandshake) async {
        var reader = WSTestReader(handshake)
        var isBroken = false
        while !isBroken, let bytes = try? await self.socket.receive(timeout: nil) {
            var arrivals: [WSTestArrival] = []
            reader.read(bytes, into: &arrivals)
            for arrival in arrivals {
                await self.answer(arrival)
                self.inbox.add(arrival)
                if case .broken = arrival { isBroken = true }
            }
        }
        for arrival in reader.connectionEnded() { self.inbox.add(arrival) }
        // A client lets the server close first (RFC 6455 §7.1.1).
        if self.options.answersClose { await self.socket.close() }
        self.inbox.finish()
    }

    private func answer(_ arrival: WSTestArrival) async {
        guard case .frame(let arrived) = arrival else { return }
        switch arrived.event {
        case .ping(let bytes) where self.options.answersPings && !self.hasClosed:
            try? await self.send(frame: WSTestFrame(opcode: 10, payload: bytes))
        case .close(let closing) where self.options.answersClose && !self.hasClosed:
            try? await self.close(closing.code)
        default: break
        }
    }
}
