//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKitTesting
import Testing

/// A request that is wrong, or unusual, and what has to become of it.
struct HostileRequest: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        /// An ordinary answer; the next request on the connection is served as ever.
        case answer(Int, text: String = "", headers: [String: String] = [:])
        /// An answer, behind which the server closes the connection.
        case farewell(Int)
        /// The same, but before the server has read everything. That is a reset, which may overtake the answer.
        case cut(Int)
        /// A stream, behind so many other answers.
        case stream(behind: Int = 0)
        /// A stream for a client that does not know chunks.
        case plainStream
    }

    let testDescription: String
    let request: String
    let outcome: Outcome

    init(_ name: String, _ request: String, _ outcome: Outcome) {
        self.testDescription = name
        self.request = request
        self.outcome = outcome
    }

    /// A request for the stream of a channel `hostile`, unless it is for something else.
    static func get(_ target: String = "/sse?channels=hostile", _ headers: String...) -> String {
        Self.send("GET", target, headers)
    }

    static func send(_ method: String, _ target: String = "/sse?channels=hostile", _ headers: [String] = [], body: String = "") -> String {
        let fields = ["Host: x"] + headers + (body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"])
        return (["\(method) \(target) HTTP/1.1"] + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}

// MARK: The table

extension HostileRequest {
    static let all = Self.malformed + Self.oversized + Self.refused + Self.methods + Self.unusual

    private static let malformed: [HostileRequest] = [
        .init("no HTTP", "GARBAGE\r\n\r\n", .farewell(400)),
        .init("no path", "GET\r\n\r\n", .farewell(400)),
        .init("no text", "\u{0}\u{1}\u{2}\u{ff}\r\n\r\n", .farewell(400)),
        .init("the beginning of TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\r\n\r\n", .farewell(400)),
        .init("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .farewell(400)),
        .init("a version that does not exist", "GET /sse HTTP/9.9\r\n\r\n", .farewell(400)),
        .init("a method that does not exist", Self.send("BREW"), .farewell(400)),
        .init("a header's name with a blank", Self.get("/sse", "Bad Header: x"), .farewell(400)),
        .init("a header without a name", Self.get("/sse", ": x"), .farewell(400)),
        .init("a header with NUL", Self.get("/sse", "Last-Event-ID: a\u{0}b"), .farewell(400)),
        .init("a length that is no number", Self.get("/sse", "Content-Length: abc"), .farewell(400)),
        .init("a negative length", Self.get("/sse", "Content-Length: -1"), .farewell(400)),
        .init("a length beyond all numbers", Self.get("/sse", "Content-Length: 99999999999999999999999"), .farewell(400)),
        .init("a length and chunks", Self.get("/sse", "Content-Length: 5", "Transfer-Encoding: chunked"), .farewell(400)),
        .init("two lengths", Self.get("/sse", "Content-Length: 5", "Content-Length: 6"), .farewell(400)),
        .init(
            "a chunk's size that is no number",
            Self.send("POST", "/sse/subscribe", ["Content-Type: application/json", "Transfer-Encoding: chunked"]) + "zz\r\n",
            .farewell(400)
        ),
    ]

    private static let oversized: [HostileRequest] = [
        .init("200 kB of a header", Self.get("/sse", "X: " + String(repeating: "a", count: 200_000)), .cut(400)),
        .init("200 kB of a path", Self.get("/sse?channels=" + String(repeating: "a", count: 200_000)), .cut(400)),
        .init("5000 headers", Self.send("GET", "/sse", (0..<5000).map { "X-\($0): y" }), .cut(400)),
        .init("60 kB of a header", Self.get("/sse?channels=hostile", "X: " + String(repeating: "a", count: 60_000)), .stream()),
        .init("a Last-Event-ID of 60 kB", Self.get("/sse?channels=hostile", "Last-Event-ID: " + String(repeating: "9", count: 60_000)), .stream()),
        .init("a cookie of 60 kB", Self.get("/sse?channels=hostile", "Cookie: a=" + String(repeating: "b", count: 60_000)), .stream()),
        .init("60 kB of a query that nobody reads", Self.get("/sse?channels=hostile&x=" + String(repeating: "%zz", count: 20_000)), .stream()),
    ]

    private static let refused: [HostileRequest] = [
        .init("half an escape", Self.get("/sse?channels=hostile,%4"), .answer(400, text: "percent-encoded")),
        .init("no escape", Self.get("/sse?channel=%zz"), .answer(400, text: "percent-encoded")),
        .init("an escape at the end", Self.get("/sse?channel=a%"), .answer(400, text: "percent-encoded")),
        .init("half a letter", Self.get("/sse?channel=%c3%28"), .answer(400, text: "percent-encoded")),
        .init("a surrogate", Self.get("/sse?channel=%ed%a0%80"), .answer(400, text: "percent-encoded")),
        .init("a longer way to write NUL", Self.get("/sse?channel=%c0%80"), .answer(400, text: "percent-encoded")),
        .init("NUL", Self.get("/sse?channel=a%00b"), .answer(400, text: "control character")),
        .init("a line break", Self.get("/sse?channel=a%0D%0Ab"), .answer(400, text: "control character")),
        .init("a tabulator", Self.get("/sse?channel=a%09b"), .answer(400, text: "control character")),
        .init("DEL", Self.get("/sse?channel=%7f"), .answer(400, text: "control character")),
        .init("a control character of two bytes", Self.get("/sse?channel=%C2%9F"), .answer(400, text: "control character")),
        .init("a long name", Self.get("/sse?channel=" + String(repeating: "n", count: 256)), .answer(400, text: "256 bytes")),
        .init(
            "a long name in letters of four bytes",
            Self.get("/sse?channel=" + String(repeating: "%F0%9F%91%8B", count: 64)),
            .answer(400, text: "256 bytes")
        ),
        .init("300 channels", Self.get("/sse?channels=" + Self.names(300)), .answer(400, text: "300 channels")),
        .init("10,000 channels", Self.get("/sse?channels=" + Self.names(10_000)), .answer(400, text: "10000 channels")),
        .init("300 fields", Self.get("/sse?" + (0..<300).map { "channel=c\($0)" }.joined(separator: "&")), .answer(400, text: "300 channels")),
        .init("one bad name among good ones", Self.get("/sse?channels=hostile,a%00b,c"), .answer(400, text: "control character")),
        .init("no such path", Self.get("/sse/else"), .answer(404)),
        .init("a change of no stream", Self.send("POST", "/sse/subscribe?id=x&key=y&channel=z"), .answer(400, text: "id is missing")),
        .init(
            "a change from another page",
            Self.send("POST", "/sse/subscribe", ["Origin: https://evil.io"], body: "{}"),
            .answer(403, text: "This page may not do that")
        ),
    ]

    private static let methods: [HostileRequest] =
        ["POST", "PUT", "PATCH", "DELETE"].flatMap { method in
            [
                .init(method, Self.send(method), .answer(405, headers: ["allow": "GET, HEAD, OPTIONS"])),
                .init("\(method) with a body", Self.send(method, body: "channels=hostile"), .answer(405, headers: ["allow": "GET, HEAD, OPTIONS"])),
            ]
        } + [
            .init("HEAD", Self.send("HEAD"), .answer(200, headers: ["content-type": "text/event-stream"])),
            .init("HEAD for 300 channels", Self.send("HEAD", "/sse?channels=" + Self.names(300)), .answer(400)),
            .init("HEAD for a bad name", Self.send("HEAD", "/sse?channels=a%00b"), .answer(400)),
            .init("OPTIONS", Self.send("OPTIONS"), .answer(204, headers: ["allow": "GET, HEAD, OPTIONS"])),
            .init("OPTIONS for a bad name", Self.send("OPTIONS", "/sse?channels=%zz"), .answer(204)),
            .init("TRACE", Self.send("TRACE"), .answer(404)),
            .init("PROPFIND", Self.send("PROPFIND"), .answer(404)),
        ]

    private static let unusual: [HostileRequest] = [
        .init(
            "an upgrade to WebSocket",
            Self.get(
                "/sse?channels=hostile",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
            ),
            .stream()
        ),
        .init(
            "an upgrade to HTTP/2",
            Self.get("/sse?channels=hostile", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"),
            .stream()
        ),
        .init("an upgrade to anything", Self.get("/sse?channels=hostile", "Connection: upgrade", "Upgrade: x, y/2"), .stream()),
        .init(
            "an upgrade of a request that is refused",
            Self.get("/sse?channels=%zz", "Connection: Upgrade", "Upgrade: websocket"),
            .farewell(400)
        ),
        .init("an upgrade of HEAD", Self.send("HEAD", "/sse", ["Connection: Upgrade", "Upgrade: websocket"]), .farewell(200)),
        .init("a wish to close", Self.get("/sse?channels=hostile", "Connection: close"), .stream()),
        .init("a body", Self.get("/sse?channels=hostile", "Content-Length: 10") + "0123456789", .stream()),
        .init("a body in chunks", Self.get("/sse?channels=hostile", "Transfer-Encoding: chunked") + "3\r\nabc\r\n0\r\n\r\n", .stream()),
        .init("a body that does not come", Self.get("/sse?channels=hostile", "Content-Length: 10"), .stream()),
        .init("half a body", Self.get("/sse?channels=hostile", "Content-Length: 10") + "01234", .stream()),
        .init("nonsense behind the request", Self.get() + "\u{0}\u{1}nonsense\r\n\r\n", .stream()),
        .init("a second request for a stream", Self.get() + Self.get(), .stream()),
        .init("a hundred requests for streams", String(repeating: Self.get(), count: 100), .stream()),
        .init("another request behind the stream", Self.get() + Self.get("/plain"), .stream()),
        .init("half a request behind the stream", Self.get() + "POST /sse HTTP/1.1\r\nHost: x\r\nContent-Le", .stream()),
        .init("a stream behind another request", Self.get("/plain") + Self.get(), .stream(behind: 1)),
        .init("a stream behind requests that are refused", Self.get("/sse?channel=%zz") + Self.send("PUT") + Self.get(), .stream(behind: 2)),
        .init("a stream behind HEAD", Self.send("HEAD") + Self.get(), .stream(behind: 1)),
        .init(
            "the same channel a thousand times",
            Self.get("/sse?channels=" + Array(repeating: "hostile", count: 1000).joined(separator: ",")),
            .stream()
        ),
        .init("a Last-Event-ID that is no number", Self.get("/sse?channels=hostile", "Last-Event-ID: -1; DROP TABLE events"), .stream()),
        .init("three Last-Event-IDs", Self.get("/sse?channels=hostile", "Last-Event-ID: 1", "Last-Event-ID: ", "Last-Event-ID: 3"), .stream()),
        .init("an Accept that cannot be read", Self.get("/sse?channels=hostile", "Accept: ;;q=,,=/"), .stream()),
        .init("an Origin that cannot be read", Self.get("/sse?channels=hostile", "Origin: https://[::"), .stream()),
        .init("HTTP/1.0", "GET /sse?channels=hostile HTTP/1.0\r\n\r\n", .plainStream),
        .init("HTTP/1.0 with a wish to stay", "GET /sse?channels=hostile HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", .plainStream),
    ]

    private static func names(_ count: Int) -> String { (0..<count).map { "c\($0)" }.joined(separator: ",") }
}
