//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// A request over HTTP/1 on a connection of its own.
package actor HTTP1TestExchange: TestExchange {
    private let socket: TestSocket
    private var parser: HTTP1ResponseParser
    private var parts: ArraySlice<TestResponsePart> = []
    private var isOver = false

    /// Sends a request.
    package init(_ socket: TestSocket, method: String, target: String, version: String = "1.1", headers: [String]) async throws {
        self.socket = socket
        self.parser = HTTP1ResponseParser(hasBody: method != "HEAD")
        try await socket.send((["\(method) \(target) HTTP/\(version)"] + headers).joined(separator: "\r\n") + "\r\n\r\n")
    }

    package func receive(timeout: Duration) async throws -> TestResponsePart? {
        while self.parts.isEmpty {
            guard !self.isOver else { return nil }
            if let bytes = try await self.socket.receive(timeout: timeout) {
                self.parts = try self.parser.parse(bytes)[...]
            } else {
                self.isOver = true
                self.parts = self.parser.connectionEnded()[...]
            }
        }
        return self.parts.popFirst()
    }

    package func stall() async throws { try await self.socket.stall() }
    package func unstall() async throws { try await self.socket.unstall() }
    package func closeOutput() async throws { try await self.socket.closeOutput() }
    package func close() async { await self.socket.close() }
    package func reset() async throws { try await self.socket.reset() }
}
