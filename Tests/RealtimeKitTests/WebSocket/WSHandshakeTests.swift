//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Testing

@testable import RealtimeKit

/// What is a handshake (RFC 6455 §4.2.1).
@Suite struct WSHandshakeTests {
    typealias Change = @Sendable (inout HTTPFields) -> Void

    private func handshake(_ method: HTTPRequest.Method = .get, _ change: Change = { _ in }) throws -> WSHandshake {
        var fields: HTTPFields = [
            .connection: "Upgrade", .upgrade: "websocket", .secWebSocketVersion: "13", .secWebSocketKey: "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        change(&fields)
        return try WSHandshake(HTTPRequest(method: method, scheme: "http", authority: "x", path: "/ws", headerFields: fields))
    }

    @Test func theAnswerIsThatOfTheStandard() throws {
        // The example of RFC 6455 §1.3.
        let handshake = try self.handshake()
        #expect(handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(handshake.protocols.isEmpty)
    }

    @Test(
        arguments: [
            { $0[.upgrade] = "WebSocket" },
            { $0[.upgrade] = "h2c,\twebsocket" },
            {
                $0[.upgrade] = nil
                $0.append(.init(name: .upgrade, value: "h2c"))
                $0.append(.init(name: .upgrade, value: "WEBSOCKET"))
            },
            { $0[.connection] = "upgrade" },
            { $0[.connection] = "keep-alive, Upgrade" },
            {
                $0[.connection] = "keep-alive"
                $0.append(.init(name: .connection, value: "UPGRADE"))
            },
            { $0[.contentLength] = "0" },
        ] as [Change]
    )
    func theSameCanBeSaidInManyWays(change: Change) throws {
        _ = try self.handshake(.get, change)
    }

    @Test(
        arguments: [
            (changed { $0 = [:] }, .notAnUpgrade),
            (changed { $0 = [.upgrade: "h2c", .connection: "Upgrade"] }, .notAnUpgrade),
            (changed { $0[.upgrade] = nil }, .malformed("HTTP/1.1")),
            (changed { $0[.upgrade] = "websockets" }, .malformed("Upgrade: websocket")),
            (changed { $0[.connection] = nil }, .malformed("Connection: Upgrade")),
            (changed { $0[.connection] = "keep-alive" }, .malformed("Connection: Upgrade")),
            (changed { $0[.connection] = "upgrades" }, .malformed("Connection: Upgrade")),
            (changed { $0[.secWebSocketVersion] = nil }, .malformed("Sec-WebSocket-Version")),
            (changed { $0[.secWebSocketVersion] = "8" }, .version),
            (changed { $0[.secWebSocketVersion] = "013" }, .version),
            (changed { $0[.secWebSocketVersion] = "13, 8" }, .version),
            (changed { $0[.secWebSocketKey] = nil }, .malformed("Sec-WebSocket-Key")),
            (changed { $0[.secWebSocketKey] = "" }, .malformed("Sec-WebSocket-Key")),
            (changed { $0[.secWebSocketKey] = "dGhlIHNhbXBsZSBub25j" }, .malformed("Sec-WebSocket-Key")),
            (changed { $0[.secWebSocketKey] = "dGhlIHNhbXBsZSBub25jZTE=" }, .malformed("Sec-WebSocket-Key")),
            (changed { $0[.secWebSocketKey] = "dGhlIHNhbXBsZSBub25jZTEy" }, .malformed("Sec-WebSocket-Key")),
            (changed { $0[.secWebSocketKey] = "dGhlIHNhbXBsZSBub25jZQ" }, .malformed("Sec-WebSocket-Key")),
            (changed { $0[.secWebSocketKey] = "dGhl!HNhbXBsZSBub25jZQ==" }, .malformed("Sec-WebSocket-Key")),
            (changed { $0.append(.init(name: .secWebSocketKey, value: "dGhlIHNhbXBsZSBub25jZQ==")) }, .malformed("Sec-WebSocket-Key")),
            (changed { $0[.contentLength] = "5" }, .malformed("no body")),
            (changed { $0[.transferEncoding] = "chunked" }, .malformed("no body")),
            (changed { $0[.secWebSocketProtocol] = "a, b, a" }, .malformed("twice")),
        ] as [(Change, WSHandshake.Problem)]
    )
    func allElseIsNone(change: Change, expected: WSHandshake.Problem) {
        let problem = #expect(throws: WSHandshake.Problem.self) { _ = try self.handshake(.get, change) }
        if case .malformed(let text) = problem, case .malformed(let part) = expected {
            #expect(text.contains(part), "\(text)")
        } else {
            #expect(problem == expected)
        }
    }

    @Test(arguments: [.post, .head, .put, .connect] as [HTTPRequest.Method]) func onlyGETIsOne(method: HTTPRequest.Method) {
        #expect(throws: WSHandshake.Problem.malformed("a WebSocket handshake is a GET request")) {
            _ = try self.handshake(method)
        }
    }

    @Test func subprotocolsAreReadInOrder() throws {
        let handshake = try self.handshake(.get) {
            $0[.secWebSocketProtocol] = "chat.v2,, \tchat"
            $0.append(.init(name: .secWebSocketProtocol, value: "x, "))
        }
        #expect(handshake.protocols == ["chat.v2", "chat", "x"])
    }
}

/// For a table whose compiler does not see what kind of closures it holds.
private func changed(_ change: @escaping WSHandshakeTests.Change) -> WSHandshakeTests.Change { change }
