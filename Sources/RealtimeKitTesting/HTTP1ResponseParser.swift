//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// Reads a response of HTTP/1 strictly (RFC 9112 §6 and §7.1), cut anywhere.
package struct HTTP1ResponseParser: Sendable {
    private enum State {
        case head
        case chunkSize
        case chunk(left: Int)
        /// The line break behind a chunk; `isLast` for the empty one that ends the body.
        case chunkEnd(isLast: Bool)
        case length(left: Int)
        case untilClose
        case done
    }

    private let hasBody: Bool
    private var state: State = .head
    private var bytes = ByteBuffer()

    /// Makes a parser.
    ///
    /// - Parameter hasBody: whether the response has a body; that to HEAD has none.
    package init(hasBody: Bool) {
        self.hasBody = hasBody
    }

    /// Takes the next bytes.
    ///
    /// - Throws: ``BrokenResponse`` when the server does what HTTP does not allow.
    package mutating func parse(_ more: ByteBuffer) throws(BrokenResponse) -> [TestResponsePart] {
        self.bytes.writeImmutableBuffer(more)
        var parts: [TestResponsePart] = []
        while let step = try self.step() {
            if let part = step { parts.append(part) }
        }
        self.bytes.discardReadBytes()
        return parts
    }

    /// Nothing more comes.
    package mutating func connectionEnded() -> [TestResponsePart] {
        guard case .untilClose = self.state else { return [] }
        self.state = .done
        return [.end]
    }

    /// Goes on by one state.
    ///
    /// - Returns: `nil` when more bytes are needed; otherwise the part that became complete, if one did.
    private mutating func step() throws(BrokenResponse) -> TestResponsePart?? {
        switch self.state {
        case .head:
            return try self.head().map { .head($0) }
        case .chunkSize:
            guard let line = try self.line() else { return nil }
            guard let size = Self.number(line, radix: 16) else { throw BrokenResponse(what: "'\(line)' is not the size of a chunk") }
            self.state = size == 0 ? .chunkEnd(isLast: true) : .chunk(left: size)
            return .some(nil)
        case .chunk(let left):
            return self.body(upTo: left) { $0 == 0 ? .chunkEnd(isLast: false) : .chunk(left: $0) }
        case .chunkEnd(let isLast):
            guard let line = try self.line() else { return nil }
            guard line.isEmpty else { throw BrokenResponse(what: "'\(line)' behind a chunk") }
            self.state = isLast ? .done : .chunkSize
            return isLast ? .end : .some(nil)
        case .length(left: 0):
            self.state = .done
            return .end
        case .length(let left):
            return self.body(upTo: left) { .length(left: $0) }
        case .untilClose:
            return self.body(upTo: .max) { _ in .untilClose }
        case .done:
            guard self.bytes.readableBytes == 0 else {
                throw BrokenResponse(what: "bytes behind the response: '\(String(buffer: self.bytes).prefix(100))'")
            }
            return nil
        }
    }

    private mutating func body(upTo limit: Int, then next: (Int) -> State) -> TestResponsePart?? {
        guard self.bytes.readableBytes > 0, let slice = self.bytes.readSlice(length: min(limit, self.bytes.readableBytes)) else { return nil }
        self.state = next(limit - slice.readableBytes)
        return .body(slice)
    }

    private mutating func head() throws(BrokenResponse) -> SSETestClient.Head? {
        guard let end = self.bytes.readableBytesView.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let length = end.upperBound - self.bytes.readerIndex
        let lines = (self.bytes.readString(length: length) ?? "").split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw BrokenResponse(what: "no status in \(lines)")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw BrokenResponse(what: "'\(line)' is no header field") }
            let name = parts[0].lowercased()
            guard headers[name] == nil || !["content-length", "transfer-encoding"].contains(name) else {
                throw BrokenResponse(what: "\(name) comes twice")
            }
            headers[name] = String(parts[1].drop { $0 == " " })
        }
        switch (headers["transfer-encoding"], headers["content-length"].map { Self.number($0, radix: 10) }) {
        case _ where !self.hasBody || status == 204 || status == 304: self.state = .length(left: 0)
        case ("chunked", nil): self.state = .chunkSize
        case (nil, let length??): self.state = .length(left: length)
        case (nil, nil): self.state = .untilClose
        default: throw BrokenResponse(what: "the length of the body is not clear from \(headers)")
        }
        return SSETestClient.Head(status: status, headers: headers)
    }

    /// A number without a sign.
    private static func number(_ text: String, radix: Int) -> Int? {
        text.utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") } ? Int(text, radix: radix) : nil
    }

    private mutating func line() throws(BrokenResponse) -> String? {
        guard let end = self.bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = self.bytes.readString(length: end - self.bytes.readerIndex + 1) ?? ""
        // "\r\n" is one character.
        guard line.last == "\r\n" else { throw BrokenResponse(what: "'\(line)' does not end with CRLF") }
        return String(line.dropLast())
    }
}
