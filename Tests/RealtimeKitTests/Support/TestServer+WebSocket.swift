//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import ServiceLifecycle

extension TestServer {
    /// Runs an application with an endpoint with rooms at `/ws`.
    static func run(
        _ manager: WSManager,
        _ configuration: WSConfiguration = .init(),
        _ hooks: WSHooks<TestUser> = .init(),
        services: [any Service] = [],
        _ test: @Sendable @escaping (TestServer) async throws -> Void
    ) async throws {
        let plugin = try WebSocketPlugin<BasicRequestContext, TestUser>.forTests(manager, configuration, hooks)
        try await TestServer.run(Router().webSocket("/ws", plugin), services: services, test)
    }

    /// Runs an application with an endpoint without rooms at `/ws`.
    static func run(_ handler: WSHandler<BasicRequestContext>, _ test: @Sendable @escaping (TestServer) async throws -> Void) async throws {
        try await TestServer.run(Router().webSocket("/ws", handler), test)
    }

    /// Opens a WebSocket of an endpoint with rooms and waits for its first message.
    func connected(
        _ target: String = "/ws",
        user: String? = nil,
        options: WSTestClient.Options = .init()
    ) async throws -> (client: WSTestClient, id: ConnectionID) {
        try await WSTestClient.connected(port: self.port, target, headers: user.map { ["From: \($0)"] } ?? [], options: options)
    }
}

extension WSTestClient {
    /// Joins rooms, and expects to be let in.
    func join(_ rooms: String...) async throws {
        for room in rooms {
            try await self.send(json: ["type": "join", "room": room])
            try await self.expect(json: ["type": "joined", "room": room])
        }
    }

    /// Expects the error that answers what was sent last.
    func expectError(_ code: String, _ message: String, id: String? = nil) async throws {
        let id = id.map { ",\"id\":\($0)" } ?? ""
        try await self.expect("{\"type\":\"error\",\"code\":\"\(code)\",\"message\":\"\(message)\"\(id)}")
    }
}
