//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
public import RealtimeCore

/// A client of one event stream on a real connection, for tests.
///
/// Every call that waits gives up after ``timeout`` with a ``TestTimeout``, so that a test never hangs. Parsing is strict: a server that
/// breaks HTTP's framing fails the test with a ``BrokenResponse``.
public actor SSETestClient {
    /// The beginning of a response.
    public struct Head: Sendable {
        /// The status code.
        public let status: Int
        /// The header fields, names in lower case.
        public let headers: [String: String]

        package init(status: Int, headers: [String: String]) {
            self.status = status
            self.headers = headers
        }
    }

    /// How long each call waits at most; 10 s unless the client was made with another time.
    public nonisolated let timeout: Duration

    private let exchange: any TestExchange
    private var parser: SSEParser
    private var ready: ArraySlice<SSEParser.Event> = []
    private var plain = ByteBuffer()

    /// The beginning of the response, once it has come.
    public private(set) var head: Head?
    /// Whether nothing more comes.
    public private(set) var isEnded = false
    /// Whether the body ended as its protocol wants, as opposed to a connection that broke.
    public private(set) var endedCleanly = false

    package init(_ exchange: any TestExchange, timeout: Duration = .seconds(10)) {
        self.exchange = exchange
        self.timeout = timeout
        self.parser = SSEParser(maxEventSize: 64 << 20)
        self.parser.keepsComments = true
    }

    // MARK: What has come

    /// The comments that have come so far and were not asked for yet.
    public var comments: [String] { self.parser.comments }
    /// The reconnection time that the server asked for, in milliseconds; `nil` while it asked for none.
    public var retry: Int? { self.parser.retry }
    /// The id of the last event that had one: what a browser would send as `Last-Event-ID`.
    public var lastEventID: String { self.parser.lastEventID }

    // MARK: Waiting

    /// Waits for the head of the response.
    ///
    /// - Throws: ``BrokenResponse`` when the connection ends without one.
    @discardableResult
    public func response() async throws -> Head {
        let wait = self.wait(for: "a response")
        while true {
            if let head { return head }
            guard try await self.read(wait) else { throw BrokenResponse(what: "the connection was closed without a response") }
        }
    }

    /// Waits for the next event, whatever its type.
    ///
    /// - Throws: ``BrokenResponse`` when the stream ends before.
    public func next() async throws -> SSEParser.Event {
        try await self.next(self.wait(for: "an event"))
    }

    /// Waits for the next event of a type; others are dropped.
    ///
    /// - Throws: ``BrokenResponse`` when the stream ends before.
    public func next(_ type: String) async throws -> SSEParser.Event {
        let wait = self.wait(for: "an event '\(type)'")
        while true {
            let event = try await self.next(wait)
            if event.event == type { return event }
        }
    }

    /// Waits for the next event; `nil` when the stream has ended.
    public func nextOrEnd() async throws -> SSEParser.Event? {
        try await self.nextOrEnd(self.wait(for: "an event or the end of the stream"))
    }

    /// Waits for the next event and for its being as expected.
    ///
    /// - Parameters:
    ///   - type: its type; `message` is that of events without one.
    ///   - data: its data, unless any will do.
    /// - Throws: ``BrokenResponse`` when it is another one, which the error shows.
    @discardableResult
    public func expect(_ type: String, _ data: String? = nil) async throws -> SSEParser.Event {
        let expected = "event '\(type)'\(data.map { " with '\($0)'" } ?? "")"
        let event = try await self.next(self.wait(for: "the expected \(expected)"))
        guard event.event == type, data == nil || event.data == data else {
            throw BrokenResponse(what: "expected \(expected), but got '\(event.event)' with '\(event.data)'")
        }
        return event
    }

    /// Waits for a comment.
    public func nextComment() async throws -> String {
        let wait = self.wait(for: "a comment")
        while self.parser.comments.isEmpty {
            guard try await self.read(wait) else { throw BrokenResponse(what: "the stream has ended without a comment") }
        }
        return self.parser.comments.removeFirst()
    }

    /// Waits for the end of the stream.
    ///
    /// - Returns: the events that came before it and were not asked for yet.
    public func untilEnd() async throws -> [SSEParser.Event] {
        let wait = self.wait(for: "the end of the stream")
        while try await self.read(wait) {}
        defer { self.ready = [] }
        return Array(self.ready)
    }

    /// Waits for the whole body of a response that is not an event stream.
    public func body() async throws -> String {
        let wait = self.wait(for: "the end of the body")
        while try await self.read(wait) {}
        return String(buffer: self.plain)
    }

    /// The events as a sequence, until the stream ends: `for try await event in client.events`.
    public nonisolated var events: SSETestEvents { SSETestEvents(client: self) }

    // MARK: Being a bad client

    /// Stops reading: the buffers of both sides fill, and then the server's outbox for this client.
    public func stall() async throws { try await self.exchange.stall() }

    /// Reads again after ``stall()``.
    public func unstall() async throws { try await self.exchange.unstall() }

    /// Cuts the connection without a farewell, as a phone in a tunnel does.
    public func cut() async throws { try await self.exchange.reset() }

    /// Closes the client's side only: sends a FIN.
    public func closeOutput() async throws { try await self.exchange.closeOutput() }

    /// Closes.
    public func close() async { await self.exchange.close() }

    // MARK: Reading

    /// What one call waits for, and until when: however much else comes meanwhile.
    private struct Wait {
        let what: String
        let deadline: ContinuousClock.Instant
    }

    private func wait(for what: String) -> Wait { Wait(what: what, deadline: .now + self.timeout) }

    private func next(_ wait: Wait) async throws -> SSEParser.Event {
        guard let event = try await self.nextOrEnd(wait) else {
            throw BrokenResponse(what: "the stream has ended without \(wait.what)\(self.head.map { "; its status is \($0.status)" } ?? "")")
        }
        return event
    }

    private func nextOrEnd(_ wait: Wait) async throws -> SSEParser.Event? {
        while true {
            if let event = self.ready.popFirst() { return event }
            guard try await self.read(wait) else { return nil }
        }
    }

    /// Waits for more of the response.
    ///
    /// - Returns: whether there was more.
    private func read(_ wait: Wait) async throws -> Bool {
        guard !self.isEnded else { return false }
        let part: TestResponsePart?
        do {
            let left = wait.deadline - .now
            guard left > .zero else { throw TestTimeout(what: "no time is left") }
            part = try await self.exchange.receive(timeout: left)
        } catch is TestTimeout {
            throw TestTimeout(what: "\(wait.what) did not come within \(self.timeout)")
        }
        switch part {
        case .head(let head): self.head = head
        case .body(let bytes): try self.take(bytes)
        case .end:
            self.endedCleanly = true
            self.isEnded = true
        case nil: self.isEnded = true
        }
        return !self.isEnded
    }

    private func take(_ bytes: ByteBuffer) throws {
        if self.head?.headers["content-type"]?.hasPrefix("text/event-stream") == true {
            self.ready += try self.parser.parse(bytes)
        }
        self.plain.writeImmutableBuffer(bytes)
    }
}
