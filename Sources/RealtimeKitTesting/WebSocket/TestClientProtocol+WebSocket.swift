//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes
public import HummingbirdTesting

extension TestClientProtocol {
    /// Opens a WebSocket to the application under test, on a connection of its own, and closes it afterwards.
    ///
    /// ```swift
    /// try await app.test(.live) { client in
    ///     try await client.ws("/ws") { socket in
    ///         try await socket.next("connected")
    ///         try await socket.send(json: ["type": "join", "room": "posts"])
    ///         try await socket.expect(json: ["type": "joined", "room": "posts"])
    ///     }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - uri: path and query.
    ///   - headers: more request headers, such as `Authorization`.
    ///   - options: how the client behaves: the subprotocols and the origin it names, how long it waits, and what it answers by itself.
    ///   - body: what to do with the WebSocket, when the server has answered. That may be a refusal, which can be looked at with
    ///     ``WSTestClient/response()`` and ``WSTestClient/body()``.
    /// - Returns: what `body` returns.
    /// - Throws: ``BrokenResponse`` when the application is not tested on a port (`.live`), or answers the handshake with what is no HTTP;
    ///   and what `body` throws.
    @discardableResult
    public func ws<Result>(
        _ uri: String = "/ws",
        headers: HTTPFields = [:],
        options: WSTestClient.Options = .init(),
        _ body: (WSTestClient) async throws -> Result
    ) async throws -> Result {
        guard let port = self.port else {
            throw BrokenResponse(what: "the application is not tested on a port; use app.test(.live)")
        }
        let lines = headers.map { "\($0.name): \($0.value)" }
        let client = try await WSTestClient.open(host: "localhost", port: port, uri, headers: lines, options: options)
        do {
            try await client.response()
            let result = try await body(client)
            await client.leave()
            return result
        } catch {
            await client.leave()
            throw error
        }
    }
}
