//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeKitTesting

extension TestServer {
    /// A whole response.
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: String
    }

    /// Sends a request on a connection of its own, and waits for the whole response.
    func request(
        _ method: String,
        _ target: String,
        host: String? = nil,
        headers: [String] = [],
        body: String? = nil
    ) async throws -> Answer {
        let socket = try await TestSocket.connect(port: self.port)
        let answer = try await self.request(method, target, host: host, headers: headers, body: body, on: socket)
        await socket.close()
        return answer
    }

    /// Sends a request on a connection that is there, and waits for the whole response.
    func request(
        _ method: String,
        _ target: String,
        host: String? = nil,
        headers: [String] = [],
        body: String? = nil,
        on socket: TestSocket
    ) async throws -> Answer {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(self.port)")"] + headers + length
        try await socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try await Answer(on: socket, hasBody: method != "HEAD")
    }
}

extension TestServer.Answer {
    /// Waits for a whole response.
    init(on socket: TestSocket, hasBody: Bool = true) async throws {
        var parser = HTTP1ResponseParser(hasBody: hasBody)
        var head: SSETestClient.Head?
        var text = ByteBuffer()
        while true {
            let bytes = try await socket.receive()
            for part in try bytes.map({ try parser.parse($0) }) ?? parser.connectionEnded() {
                switch part {
                case .head(let value): head = value
                case .body(let bytes): text.writeImmutableBuffer(bytes)
                case .end:
                    guard let head else { break }
                    self.init(status: head.status, headers: head.headers, body: String(buffer: text))
                    return
                }
            }
            if bytes == nil { throw BrokenResponse(what: "the connection was closed before the end of the response") }
        }
    }
}
