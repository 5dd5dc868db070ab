//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

/// An incremental parser of event streams, by the letter of WHATWG HTML §9.2.6.
///
/// Feed it bytes as they arrive, cut anywhere; it gives the events that they complete. It understands CRLF, CR and LF, a leading byte
/// order mark, `event`, `data`, `id`, `retry` and comments, replaces malformed UTF-8 by U+FFFD, and ignores fields that it does not
/// know, except `channel`, which RealtimeKit's servers add. Memory is bounded by ``maxEventSize``.
public struct SSEParser: Sendable {
    /// An event as a client sees it.
    public struct Event: Hashable, Sendable {
        /// The type; `message` unless the stream names one.
        public let event: String
        /// The data lines, joined by LF.
        public let data: String
        /// The last event id of the stream at this event; empty while none was sent.
        public let lastEventID: String
        /// The channel that the event was published to, when the server says so.
        public let channel: String?
    }

    /// The most bytes that one line or one event's data may have.
    public let maxEventSize: Int
    /// The last event id of the stream: what a client sends as `Last-Event-ID` when it reconnects.
    public private(set) var lastEventID = ""
    /// The reconnection time that the stream asked for, in milliseconds; `nil` while it asked for none.
    public private(set) var retry: Int?
    /// The text of the comments seen since this was last emptied, when ``keepsComments`` is set.
    public var comments: [String] = []
    /// Whether comments are collected, for tests and diagnosis; they are ignored by default. Only the latest 100 are kept.
    public var keepsComments = false

    private var line: [UInt8] = []
    private var atStart = true
    private var skipsLF = false
    private var type = ""
    private var data: [UInt8] = []
    private var hasData = false
    private var idBuffer = ""
    private var channel: String?

    /// Makes a parser.
    ///
    /// - Parameter maxEventSize: the most bytes that one line or one event's data may have; a larger one throws. At least 1; 1 MiB by
    ///   default.
    public init(maxEventSize: Int = 1 << 20) {
        self.maxEventSize = max(1, maxEventSize)
    }

    /// Takes the next bytes of the stream.
    ///
    /// - Returns: the events that became complete. An event whose blank line has not come yet is kept back, and lost when the stream
    ///   ends before it, as the standard wants.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/tooLarge`` when a line or an event passes ``maxEventSize``; the stream
    ///   cannot be continued then. Events that the same bytes completed before are not given.
    public mutating func parse(_ bytes: ByteBuffer) throws(RealtimeError) -> [Event] {
        var events: [Event] = []
        try self.parse(bytes, into: &events)
        return events
    }

    /// Takes the next bytes and appends the events that became complete, also those before an error: which ones there are does not depend
    /// on where the stream was cut.
    mutating func parse(_ bytes: ByteBuffer, into events: inout [Event]) throws(RealtimeError) {
        try bytes.withUnsafeReadableBytes { bytes throws(RealtimeError) in
            var start = bytes.startIndex
            if self.skipsLF, let first = bytes.first {
                self.skipsLF = false
                if first == 0x0a { start += 1 }
            }
            while let end = Self.lineEnd(in: bytes, from: start) {
                try self.append(bytes[start..<end])
                if let event = try self.endLine() { events.append(event) }
                start = end + 1
                guard bytes[end] == 0x0d else { continue }
                if start == bytes.endIndex {
                    self.skipsLF = true
                } else if bytes[start] == 0x0a {
                    start += 1
                }
            }
            try self.append(bytes[start...])
        }
    }

    private static func lineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index < bytes.endIndex {
            if bytes[index] == 0x0a || bytes[index] == 0x0d { return index }
            index += 1
        }
        return nil
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) throws(RealtimeError) {
        guard self.line.count + bytes.count <= self.maxEventSize else { throw self.tooLarge("a line") }
        self.line.append(contentsOf: bytes)
    }

    private mutating func endLine() throws(RealtimeError) -> Event? {
        defer { self.line.removeAll(keepingCapacity: true) }
        if self.atStart {
            self.atStart = false
            if self.line.starts(with: [0xef, 0xbb, 0xbf]) { self.line.removeFirst(3) }
        }
        guard !self.line.isEmpty else { return self.dispatch() }
        let colon = self.line.firstIndex(of: UInt8(ascii: ":")) ?? self.line.endIndex
        var value = self.line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        if colon == 0 {
            self.keepComment(value)
            return nil
        }
        switch String(decoding: self.line[..<colon], as: UTF8.self) {
        case "data":
            guard self.data.count + value.count <= self.maxEventSize else { throw self.tooLarge("an event") }
            self.data.append(contentsOf: value)
            self.data.append(0x0a)
            self.hasData = true
        case "event":
            self.type = String(decoding: value, as: UTF8.self)
        case "id":
            if !value.contains(0) { self.idBuffer = String(decoding: value, as: UTF8.self) }
        case "retry":
            if !value.isEmpty, value.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let retry = Int(String(decoding: value, as: UTF8.self))
            {
                self.retry = retry
            }
        case "channel":
            self.channel = String(decoding: value, as: UTF8.self)
        default:
            break
        }
        return nil
    }

    private mutating func dispatch() -> Event? {
        self.lastEventID = self.idBuffer
        defer {
            self.type = ""
            self.data.removeAll(keepingCapacity: self.data.count <= 4096)
            self.hasData = false
            self.channel = nil
        }
        guard self.hasData else { return nil }
        return Event(
            event: self.type.isEmpty ? "message" : self.type,
            data: String(decoding: self.data.dropLast(), as: UTF8.self),
            lastEventID: self.lastEventID,
            channel: self.channel
        )
    }

    private mutating func keepComment(_ text: ArraySlice<UInt8>) {
        guard self.keepsComments else { return }
        if self.comments.count >= 100 { self.comments.removeFirst() }
        self.comments.append(String(decoding: text, as: UTF8.self))
    }

    private func tooLarge(_ what: String) -> RealtimeError {
        RealtimeError(.tooLarge, "\(what) of the event stream is longer than \(self.maxEventSize) bytes")
    }
}
