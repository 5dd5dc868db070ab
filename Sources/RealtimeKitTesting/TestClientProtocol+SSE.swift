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
    /// Opens an event stream to the application under test, on a connection of its own, and closes it afterwards.
    ///
    /// ```swift
    /// try await app.test(.live) { client in
    ///     try await client.sse("/sse?channels=posts") { stream in
    ///         try await stream.expect("connected")
    ///         try await client.execute(uri: "/posts", method: .post, body: ...)
    ///         try await stream.expect("post:created")
    ///     }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - uri: path and query.
    ///   - headers: more request headers, such as `Authorization`.
    ///   - method: GET, unless something else is tested.
    ///   - timeout: how long each call of the client waits at most.
    ///   - receiveBuffer: the size of the kernel's receive buffer in bytes, to make a client that stalls early.
    ///   - body: what to do with the stream. Its response may be any: an error status can be looked at with ``SSETestClient/response()``.
    /// - Returns: what `body` returns.
    /// - Throws: ``BrokenResponse`` when the application is not tested on a port (`.live`), and what `body` throws.
    @discardableResult
    public func sse<Result>(
        _ uri: String = "/sse",
        headers: HTTPFields = [:],
        method: HTTPRequest.Method = .get,
        timeout: Duration = .seconds(10),
        receiveBuffer: Int? = nil,
        _ body: (SSETestClient) async throws -> Result
    ) async throws -> Result {
        guard let port = self.port else {
            throw BrokenResponse(what: "the application is not tested on a port; use app.test(.live)")
        }
        let client = try await SSETestClient.open(
            host: "localhost",
            port: port,
            uri,
            method: method.rawValue,
            headers: headers.map { "\($0.name): \($0.value)" },
            receiveBuffer: receiveBuffer,
            timeout: timeout
        )
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}
