//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RealtimeCore

/// Connections of their own.
extension WSTestClient {
    /// Sends a handshake; its answer is waited for with ``response()``, and by everything that waits for a message.
    ///
    /// - Parameter headers: lines such as `Authorization: Bearer x`.
    package static func open(
        host: String = "127.0.0.1",
        port: Int,
        _ target: String = "/ws",
        headers: [String] = [],
        options: Options = .init()
    ) async throws -> WSTestClient {
        let socket = try await TestSocket.connect(host: host, port: port, receiveBuffer: options.receiveBuffer)
        return try await Self.open(on: socket, authority: "\(host):\(port)", target, headers: headers, options: options)
    }

    /// Sends a handshake on a connection that is there.
    package static func open(
        on socket: TestSocket,
        authority: String,
        _ target: String = "/ws",
        headers: [String] = [],
        options: Options = .init()
    ) async throws -> WSTestClient {
        let handshake = WSTestHandshake(subprotocols: options.subprotocols, compression: options.compression)
        let origin = options.origin.map { ["Origin: \($0)"] } ?? []
        let lines = ["GET \(target) HTTP/1.1", "Host: \(authority)"] + handshake.fields + origin + headers
        var bytes = ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n")
        bytes.writeImmutableBuffer(options.early)
        try await socket.send(bytes)
        return WSTestClient(socket, handshake, options)
    }

    /// Opens a WebSocket and waits until it is granted.
    package static func upgraded(
        port: Int,
        _ target: String = "/ws",
        headers: [String] = [],
        options: Options = .init()
    ) async throws -> WSTestClient {
        let client = try await Self.open(port: port, target, headers: headers, options: options)
        try await client.untilUpgraded()
        return client
    }

    /// Opens a WebSocket of an endpoint with rooms and waits for its first message.
    ///
    /// - Returns: the client, and the id of its connection.
    package static func connected(
        port: Int,
        _ target: String = "/ws",
        headers: [String] = [],
        options: Options = .init()
    ) async throws -> (client: WSTestClient, id: ConnectionID) {
        let client = try await Self.open(port: port, target, headers: headers, options: options)
        return (client, try await client.connectionID())
    }

    /// Waits for the answer to the handshake, and for its being 101.
    package func untilUpgraded() async throws {
        let status = try await self.response().status
        guard status == 101 else { throw BrokenResponse(what: "the handshake was answered with \(status): '\(try await self.body())'") }
    }
}
