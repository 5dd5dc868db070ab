//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
package import RealtimeCore

/// A client of one event stream on a real socket.
package actor SSETestClient {
    /// The beginning of a response.
    package struct Head: Sendable {
        package let status: Int
        /// The header fields, names in lower case.
        package let headers: [String: String]
    }

    /// The server did something that HTTP does not allow.
    package struct BrokenResponse: Error {
        package let what: String
    }

    private let socket: TestSocket
    private var raw = ByteBuffer()
    private var parser: SSEParser
    private var events: [SSEParser.Event] = []
    private var isEnded = false
    private var chunkLeft: Int?
    private var isChunked = false

    /// The beginning of the response, once it was awaited.
    package private(set) var head: Head?
    /// Whether the body ended with its last chunk, as opposed to a connection that broke.
    package private(set) var endedCleanly = false

    private init(socket: TestSocket) {
        self.socket = socket
        self.parser = SSEParser(maxEventSize: 64 << 20)
        self.parser.keepsComments = true
    }

    /// Sends a request.
    ///
    /// - Parameter headers: lines such as `Authorization: Bearer x`.
    package static func open(
        port: Int,
        _ target: String = "/sse",
        method: String = "GET",
        headers: [String] = [],
        receiveBuffer: Int? = nil
    ) async throws -> SSETestClient {
        let socket = try await TestSocket.connect(port: port, receiveBuffer: receiveBuffer)
        let lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Accept: text/event-stream"] + headers
        try await socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        return SSETestClient(socket: socket)
    }

    /// Opens a stream and waits for its first event.
    ///
    /// - Returns: the client, and the id of its connection.
    package static func connected(
        port: Int,
        _ target: String = "/sse",
        headers: [String] = [],
        receiveBuffer: Int? = nil
    ) async throws -> (client: SSETestClient, id: ConnectionID) {
        let client = try await Self.open(port: port, target, headers: headers, receiveBuffer: receiveBuffer)
        let event = try await client.next()
        guard event.event == "connected", let quote = event.data.range(of: "\"id\":\"") else {
            throw BrokenResponse(what: "the first event is not 'connected': \(event)")
        }
        guard let id = ConnectionID(String(event.data[quote.upperBound...].prefix(32))) else {
            throw BrokenResponse(what: "no id in \(event.data)")
        }
        return (client, id)
    }

    /// The socket below.
    package nonisolated var connection: TestSocket { self.socket }

    /// The comments that have come so far.
    package var comments: [String] { self.parser.comments }
    /// The reconnection time that the server asked for.
    package var retry: Int? { self.parser.retry }

    /// Waits for the head of the response.
    @discardableResult
    package func response() async throws -> Head {
        while self.head == nil { try await self.read() }
        guard let head else { throw BrokenResponse(what: "no head") }
        return head
    }

    /// Waits for the next event.
    package func next() async throws -> SSEParser.Event {
        while self.events.isEmpty {
            guard !self.isEnded else { throw BrokenResponse(what: "the stream has ended") }
            try await self.read()
        }
        return self.events.removeFirst()
    }

    /// Waits for the next event of a type; others are dropped.
    package func next(_ type: String) async throws -> SSEParser.Event {
        while true {
            let event = try await self.next()
            if event.event == type { return event }
        }
    }

    /// Waits for a comment.
    package func nextComment() async throws -> String {
        while self.parser.comments.isEmpty { try await self.read() }
        return self.parser.comments.removeFirst()
    }

    /// Waits for the end of the stream.
    ///
    /// - Returns: the events that came before it.
    package func untilEnd() async throws -> [SSEParser.Event] {
        while !self.isEnded { try await self.read() }
        defer { self.events = [] }
        return self.events
    }

    /// The body of a response that is not a stream; waits for `Content-Length` bytes.
    package func body() async throws -> String {
        let head = try await self.response()
        let length = Int(head.headers["content-length"] ?? "") ?? 0
        while self.raw.readableBytes < length { try await self.receive() }
        return self.raw.readString(length: length) ?? ""
    }

    /// Closes.
    package func close() async { await self.socket.close() }

    // MARK: HTTP

    private func receive() async throws {
        guard var bytes = try await self.socket.receive() else {
            self.isEnded = true
            if self.head == nil { throw BrokenResponse(what: "the connection was closed without a response") }
            return
        }
        self.raw.writeBuffer(&bytes)
    }

    private func read() async throws {
        try await self.receive()
        if self.head == nil { try self.parseHead() }
        if self.isChunked { try self.parseChunks() }
    }

    private func parseHead() throws {
        let text = String(buffer: self.raw)
        guard let end = text.range(of: "\r\n\r\n") else { return }
        self.raw.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        guard let status else { throw BrokenResponse(what: "no status in \(lines)") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        self.isChunked = headers["transfer-encoding"] == "chunked"
        self.head = Head(status: status, headers: headers)
    }

    private func parseChunks() throws {
        while true {
            if let left = self.chunkLeft {
                let take = min(left, self.raw.readableBytes)
                if take > 0, let slice = self.raw.readSlice(length: take) { self.events += try self.parser.parse(slice) }
                self.chunkLeft = left - take
                guard take == left, self.raw.readableBytes >= 2 else { return }
                guard self.raw.readString(length: 2) == "\r\n" else { throw BrokenResponse(what: "a chunk does not end where it should") }
                self.chunkLeft = nil
            } else {
                guard let size = try self.chunkSize() else { return }
                if size == 0 {
                    self.endedCleanly = true
                    self.isEnded = true
                    return
                }
                self.chunkLeft = size
            }
        }
    }

    private func chunkSize() throws -> Int? {
        guard let end = self.raw.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = self.raw.readString(length: end - self.raw.readerIndex + 1) ?? ""
        guard line.hasSuffix("\r\n"), let size = Int(line.dropLast(1), radix: 16) else {
            throw BrokenResponse(what: "'\(line)' is not the size of a chunk")
        }
        return size
    }
}
