//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
public import RealtimeCore

/// Streams over HTTP/1 on a connection of their own.
extension SSETestClient {
    /// Sends a request.
    ///
    /// - Parameter headers: lines such as `Authorization: Bearer x`.
    package static func open(
        host: String = "127.0.0.1",
        port: Int,
        _ target: String = "/sse",
        method: String = "GET",
        version: String = "1.1",
        headers: [String] = [],
        receiveBuffer: Int? = nil,
        timeout: Duration = .seconds(10)
    ) async throws -> SSETestClient {
        let socket = try await TestSocket.connect(host: host, port: port, receiveBuffer: receiveBuffer)
        return try await Self.open(
            on: socket,
            authority: "\(host):\(port)",
            target,
            method: method,
            version: version,
            headers: headers,
            timeout: timeout
        )
    }

    /// Sends a request on a connection that is there.
    package static func open(
        on socket: TestSocket,
        authority: String,
        _ target: String,
        method: String = "GET",
        version: String = "1.1",
        headers: [String] = [],
        timeout: Duration = .seconds(10)
    ) async throws -> SSETestClient {
        let exchange = try await HTTP1TestExchange(
            socket,
            method: method,
            target: target,
            version: version,
            headers: ["Host: \(authority)", "Accept: text/event-stream"] + headers
        )
        return SSETestClient(exchange, timeout: timeout)
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
        return (client, try await client.connectionID())
    }
}

extension SSETestClient {
    /// Waits for the event `connected`, which is the first one of a plugin's stream.
    ///
    /// - Returns: the id of the connection, under which the server's side finds it.
    /// - Throws: ``BrokenResponse`` when the first event is another one.
    public func connectionID() async throws -> ConnectionID {
        struct Greeting: Decodable {
            let id: ConnectionID
        }
        let event = try await self.expect("connected")
        return try JSONDecoder().decode(Greeting.self, from: Data(event.data.utf8)).id
    }
}
