//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

/// The events of a byte stream, parsed as they arrive: `for try await event in body.sseEvents() { ... }`.
public struct SSEEventSequence<Base: AsyncSequence>: AsyncSequence where Base.Element == ByteBuffer {
    /// What the sequence gives.
    public typealias Element = SSEParser.Event

    private let base: Base
    private let parser: SSEParser

    init(base: Base, parser: SSEParser) {
        self.base = base
        self.parser = parser
    }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        Iterator(base: self.base.makeAsyncIterator(), parser: self.parser)
    }

    /// Reads one event after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private var base: Base.AsyncIterator
        private var parser: SSEParser
        private var ready: ArraySlice<SSEParser.Event> = []
        /// What comes when the events before it are given.
        private var failure: RealtimeError?

        fileprivate init(base: Base.AsyncIterator, parser: SSEParser) {
            self.base = base
            self.parser = parser
        }

        /// The next event; `nil` at the end of the stream. An event that the end cuts off is not given (WHATWG HTML §9.2.6).
        ///
        /// - Throws: what the stream throws, and ``RealtimeError`` when a line or an event passes the parser's limit.
        public mutating func next() async throws -> SSEParser.Event? {
            while self.ready.isEmpty {
                if let failure = self.failure { throw failure }
                guard let bytes = try await self.base.next() else { return nil }
                var events: [SSEParser.Event] = []
                do throws(RealtimeError) {
                    try self.parser.parse(bytes, into: &events)
                } catch {
                    self.failure = error
                }
                self.ready = events[...]
            }
            return self.ready.popFirst()
        }
    }
}

extension SSEEventSequence: Sendable where Base: Sendable {}

extension AsyncSequence where Element == ByteBuffer {
    /// The Server-Sent Events in these bytes.
    ///
    /// - Parameter maxEventSize: the most bytes that one line or one event's data may have; 1 MiB by default. A larger one throws.
    public func sseEvents(maxEventSize: Int = 1 << 20) -> SSEEventSequence<Self> {
        SSEEventSequence(base: self, parser: SSEParser(maxEventSize: maxEventSize))
    }
}
