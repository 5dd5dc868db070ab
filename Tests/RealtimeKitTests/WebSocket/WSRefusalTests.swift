//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import RealtimeKit
import RealtimeKitHTTP2
import RealtimeKitTesting
import Testing

/// Requests that get no WebSocket, and what becomes of their connection.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WSRefusalTests {
    private static let good = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    private static func good(but name: String, is value: String? = nil) -> [String] {
        Self.good.filter { !$0.hasPrefix(name + ":") } + (value.map { ["\(name): \($0)"] } ?? [])
    }

    /// A request, and the status of its refusal.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var method = "GET"
        var fields: [String]
        let status: Int

        var testDescription: String { self.name }
    }

    private static let cases = [
        Case(name: "a plain request", fields: [], status: 426),
        Case(name: "another upgrade", fields: ["Connection: Upgrade", "Upgrade: h2c"], status: 426),
        Case(name: "an old version", fields: Self.good(but: "Sec-WebSocket-Version", is: "8"), status: 426),
        Case(name: "no version", fields: Self.good(but: "Sec-WebSocket-Version"), status: 400),
        Case(name: "no key", fields: Self.good(but: "Sec-WebSocket-Key"), status: 400),
        Case(name: "a bad key", fields: Self.good(but: "Sec-WebSocket-Key", is: "short"), status: 400),
        Case(name: "a key alone", fields: ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], status: 400),
        Case(name: "no 'Connection: Upgrade'", fields: Self.good(but: "Connection"), status: 400),
        Case(name: "a subprotocol twice", fields: Self.good + ["Sec-WebSocket-Protocol: a, a"], status: 400),
        Case(name: "another page", fields: Self.good + ["Origin: http://elsewhere"], status: 403),
        Case(name: "HEAD", method: "HEAD", fields: Self.good, status: 404),
        Case(name: "POST", method: "POST", fields: Self.good, status: 404),
        Case(name: "a plain POST", method: "POST", fields: [], status: 404),
    ]

    @Test(arguments: Self.cases, [WSPath.direct, .tls, .stock])
    func aRefusedUpgradeNeverWedgesItsConnection(_ refused: Case, path: WSPath) async throws {
        let manager = try WSManager()
        try await path.run(manager) { server in
            let socket = try await server.socket()
            let answer = try await server.base.request(refused.method, "/ws", headers: refused.fields, on: socket)
            #expect(answer.status == refused.status)
            if answer.status == 426 { #expect(answer.headers["upgrade"] == "websocket") }
            #expect(answer.headers["sec-websocket-version"] == (refused.name == "an old version" ? "13" : nil))
            let asksForUpgrade = refused.fields.contains("Connection: Upgrade") && refused.fields.contains { $0.hasPrefix("Upgrade: ") }
            // Hummingbird's own 404 knows nothing of upgrades.
            if asksForUpgrade, path.isOurs || answer.status != 404 {
                #expect(answer.headers["connection"] == "close")
                #expect(try await socket.receive() == nil)
            } else if !asksForUpgrade {
                #expect(answer.headers["connection"] != "close")
                #expect(try await server.base.request("GET", "/plain", on: socket).body == "plain")
            }
            await socket.close()
            #expect(manager.connectionCount == 0)
        }
    }

    @Test func anHTTP10RequestIsNoHandshake() async throws {
        try await TestServer.run(WSManager()) { server in
            let socket = try await TestSocket.connect(port: server.port)
            try await socket.send((["GET /ws HTTP/1.0", "Host: x"] + Self.good).joined(separator: "\r\n") + "\r\n\r\n")
            let answer = try await socket.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.0 400 "), "\(answer)")
            #expect(answer.contains("HTTP/1.1 request"))
        }
    }

    enum HTTP2Server: CaseIterable {
        case ours
        case stock
        case stockWithChannel
    }

    @Test(arguments: HTTP2Server.allCases) func overHTTP2ThereIsNone(kind: HTTP2Server) async throws {
        let manager = try WSManager()
        func run<Context: RequestContext>(_ router: Router<Context>, _ server: HTTPServerBuilder) async throws
        where Context: InitializableFromSource<ApplicationRequestContextSource> {
            try await TestServer.run(router.webSocket("/ws", .forTests(manager)), server: server) { server in
                let client = SSETestClient(try await HTTP2TestExchange(port: server.port, method: "GET", target: "/ws", headers: []))
                let head = try await client.response()
                #expect(head.status == (kind == .ours ? 400 : 426))
                // HTTP/2 has no such fields (RFC 9113 §8.2.2).
                #expect(head.headers["connection"] == nil)
                #expect(head.headers["upgrade"] == nil)
                let body = try await client.body()
                #expect(body.contains(kind == .ours ? "not over HTTP/2" : "This is a WebSocket"))
                await client.close()
            }
        }
        switch kind {
        case .ours: try await run(Router(), .realtimeHTTP2(tlsConfiguration: TestCertificate.server()))
        case .stock: try await run(Router(), .http2Upgrade(tlsConfiguration: TestCertificate.server()))
        case .stockWithChannel: try await run(Router(context: ChannelContext.self), .http2Upgrade(tlsConfiguration: TestCertificate.server()))
        }
    }

    @Test func otherMethodsAnswer405WhereWanted() async throws {
        try await TestServer.run(WSManager(), .with { $0.handlesAllMethods = true }) { server in
            for method in ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] {
                let answer = try await server.request(method, "/ws")
                #expect(answer.status == 405)
                #expect(answer.headers["allow"] == "GET")
            }
            #expect(try await server.request("POST", "/ws", headers: Self.good).headers["connection"] == "close")
        }
    }

    @Test func withoutRealtimeThereIs501AndOneLineInTheLog() async throws {
        let log = LogRecorder()
        let router = Router().webSocket("/ws", try .forTests(WSManager()))
        try await TestServer.run(router, server: .http1(), logger: log.logger) { server in
            for _ in 0..<2 {
                let answer = try await server.request("GET", "/ws", headers: Self.good)
                #expect(answer.status == 501)
                // NIO's decoder reads nothing behind such a request, and the connection is out of reach.
                #expect(answer.headers["connection"] == "close")
            }
            #expect(try await server.request("GET", "/ws").status == 426)
            let lines = log.records.values.filter { $0.contains("server: .realtime()") }
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("error ") == true)
        }
    }
}
