//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import RealtimeKitTesting

@testable import RealtimeKit

/// An open stream whose client may change its channels.
struct LiveStream: Sendable {
    let client: SSETestClient
    let id: ConnectionID
    let key: String

    /// Opens a stream and waits for its first event.
    init(_ server: TestServer, _ target: String = "/sse", headers: [String] = []) async throws {
        try await self.init(SSETestClient.open(port: server.port, target, headers: headers))
    }

    /// Waits for the first event of a stream.
    init(_ client: SSETestClient) async throws {
        struct Greeting: Decodable {
            let id: ConnectionID
            let key: String
        }
        self.client = client
        let greeting = try JSONDecoder().decode(Greeting.self, from: Data(try await self.client.expect("connected").data.utf8))
        self.id = greeting.id
        self.key = greeting.key
    }

    /// The settings of an endpoint that allows changes of open streams.
    static var configuration: SSEConfiguration {
        var configuration = SSEConfiguration()
        configuration.liveSubscriptions = true
        return configuration
    }

    /// The query of a request about this stream, with its key.
    func query(_ channel: String) -> String { "id=\(self.id)&key=\(self.key)&channel=\(channel)" }

    /// Runs an application with an endpoint at `/sse` that allows changes of open streams.
    static func run(
        _ manager: SSEManager,
        _ hooks: SSEHooks<TestUser> = .init(),
        configuration: SSEConfiguration = Self.configuration,
        server: HTTPServerBuilder = .realtime(),
        logger: Logger = .silent,
        _ test: @Sendable @escaping (TestServer, SSEPlugin<BasicRequestContext, TestUser>) async throws -> Void
    ) async throws {
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(
            manager: manager,
            configuration: configuration,
            resolveUser: { request, context in try await TestUser.resolve(request, context) },
            hooks: hooks
        )
        try await TestServer.run(Router().sse("/sse", plugin), server: server, logger: logger) { server in try await test(server, plugin) }
    }
}

extension TestServer.Answer {
    /// Whether it is an error with a text in JSON, as everything is that a change of an open stream is refused with.
    func isError(_ status: Int, _ text: String = "") -> Bool {
        guard self.status == status, self.headers["content-type"] == "application/json; charset=utf-8",
            let fields = try? JSONDecoder().decode([String: String].self, from: Data(self.body.utf8)), fields.count == 1,
            let error = fields["error"]
        else { return false }
        return text.isEmpty ? !error.isEmpty : error.contains(text)
    }

    /// Whether a change was made.
    var isSuccess: Bool { self.status == 200 && self.body == #"{"success":true}"# }
}
