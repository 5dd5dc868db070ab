//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeKitTesting
import Testing

/// The parser with which tests look at a server's framing: it has to notice what is wrong.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HTTP1ResponseParserTests {
    /// What came, with neighbouring pieces of a body put together.
    private struct Result: Equatable {
        var status: Int?
        var headers: [String: String] = [:]
        var body = ""
        var isComplete = false
    }

    /// Parses a response that is cut into pieces.
    private func parse(_ pieces: [String], hasBody: Bool = true, endsConnection: Bool = false) throws -> Result {
        var parser = HTTP1ResponseParser(hasBody: hasBody)
        var result = Result()
        var bodies = ByteBuffer()
        var parts: [TestResponsePart] = []
        for piece in pieces { parts += try parser.parse(ByteBuffer(string: piece)) }
        if endsConnection { parts += parser.connectionEnded() }
        for part in parts {
            #expect(!result.isComplete, "a part behind the end")
            switch part {
            case .head(let head):
                #expect(result.status == nil)
                result.status = head.status
                result.headers = head.headers
            case .body(let bytes):
                #expect(bytes.readableBytes > 0)
                bodies.writeImmutableBuffer(bytes)
            case .end: result.isComplete = true
            }
        }
        result.body = String(buffer: bodies)
        return result
    }

    private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        (Self.chunked + "3\r\nabc\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n", "abcabcdefghijklmnopqrstuvwxyz"),
        (Self.chunked + "A\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
        (Self.chunked + "2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        (Self.chunked + "0\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ("HTTP/1.1 404 Not Found\r\ncontent-length:0\r\nX: a: b\r\n\r\n", ""),
        ("HTTP/1.1 204 No Content\r\n\r\n", ""),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n\r\n", "\r\n"),
    ])
    func anyCutOfAResponseGivesTheSame(response: String, body: String) throws {
        let whole = try self.parse([response])
        #expect(whole.body == body)
        #expect(whole.isComplete)
        let bytes = Array(response.utf8)
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let cut = try self.parse([text(0..<first), text(first..<second), text(second..<bytes.count)])
                #expect(cut == whole, "cut at \(first) and \(second)")
            }
        }
        #expect(try self.parse(bytes.map { String(decoding: [$0], as: UTF8.self) }) == whole)
        // Nothing more comes of the end of the connection.
        #expect(try self.parse([response], endsConnection: true) == whole)
    }

    @Test func aBodyWithoutLengthEndsWithTheConnection() throws {
        let head = "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"
        for pieces in [[head + "abc"], [head, "a", "", "bc"]] {
            let open = try self.parse(pieces)
            #expect(open.body == "abc")
            #expect(!open.isComplete)
            let closed = try self.parse(pieces, endsConnection: true)
            #expect(closed.body == "abc")
            #expect(closed.isComplete)
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", Self.chunked, Self.chunked + "3\r\nab", Self.chunked + "3\r\nabc", Self.chunked + "3\r\nabc\r\n",
        Self.chunked + "0\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    ])
    func aConnectionThatBreaksEndsNoResponse(response: String) throws {
        #expect(try !self.parse([response], endsConnection: true).isComplete)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n",
    ])
    func aResponseToHeadHasNoBodyWhateverItsFieldsSay(head: String) throws {
        #expect(try self.parse([head], hasBody: false).isComplete)
        for behind in ["0\r\n\r\n", "hello", "\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
            #expect(throws: BrokenResponse.self, "\(behind)") { try self.parse([head + behind], hasBody: false) }
            #expect(throws: BrokenResponse.self, "\(behind)") { try self.parse([head, behind], hasBody: false) }
        }
    }

    @Test(arguments: ["g", "", "-3", "+3", "0x3", "3 ", " 3", "3;name=value", "3\t", "ffffffffffffffffffffff", "3\r\r", "٣"])
    func badSizesOfChunksAreNoticed(size: String) {
        #expect(throws: BrokenResponse.self) { try self.parse([Self.chunked + size + "\r\nabc\r\n0\r\n\r\n"]) }
        #expect(throws: BrokenResponse.self) { try self.parse([Self.chunked + "3\r\nabc\r\n" + size + "\r\nabc\r\n0\r\n\r\n"]) }
    }

    @Test(arguments: [
        // Not CRLF.
        "3\nabc\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r\n0\n\r\n", "3\r\nabc\r\n0\r\n\n",
        // A chunk that is longer or shorter than its size.
        "3\r\nabcd\r\n0\r\n\r\n", "3\r\nab\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n",
        // Trailers are none of ours.
        "0\r\nX: y\r\n\r\n",
        // Other ways to write 0.
        "+0\r\n\r\n", "-0\r\n\r\n",
        // Something behind the end.
        "0\r\n\r\n\r\n", "0\r\n\r\n0\r\n\r\n", "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ])
    func brokenChunksAndBytesBehindThemAreNoticed(body: String) throws {
        #expect(throws: BrokenResponse.self) { try self.parse([Self.chunked + body]) }
        #expect(throws: BrokenResponse.self) { try self.parse([Self.chunked] + body.utf8.map { String(decoding: [$0], as: UTF8.self) }) }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", "HTTP/1.1 204 No Content\r\n\r\nx", "HTTP/1.1 304 Not Modified\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\n",
    ])
    func bytesBehindAResponseWithLengthAreNoticed(response: String) {
        #expect(throws: BrokenResponse.self) { try self.parse([response]) }
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5", "Content-Length: x", "Content-Length:",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5", "Content-Length: -5", "Content-Length: +5", "Content-Length: 5, 5",
        "Content-Length: 99999999999999999999",
    ])
    func lengthsThatAreNotClearAreNoticed(fields: String) {
        #expect(throws: BrokenResponse.self) { try self.parse(["HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n"]) }
    }

    @Test(arguments: [
        "\r\n\r\n", "nonsense\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/2 200\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
    ])
    func headsThatAreNotClearAreNoticed(head: String) {
        #expect(throws: BrokenResponse.self) { try self.parse([head]) }
    }
}
