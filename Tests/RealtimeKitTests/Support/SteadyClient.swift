//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit
import RealtimeKitTesting
import Testing

/// A client in good order, beside those that are not: whatever they do, it misses nothing.
enum SteadyClient {
    /// Opens a stream, sends it numbers for as long as something else goes on, and expects all of them, in order. Afterwards nobody may be left.
    static func run(
        beside server: TestServer,
        _ manager: SSEManager,
        _ target: String = "/sse?channels=steady",
        sourceLocation: SourceLocation = #_sourceLocation,
        _ somethingElse: () async throws -> Void
    ) async throws {
        let (client, _) = try await SSETestClient.connected(port: server.port, target)
        let publisher = Task {
            var number = 0
            while !Task.isCancelled {
                try manager.broadcast(.text("\(number)"), to: "steady")
                number += 1
                try? await Task.sleep(for: .milliseconds(1))
            }
            try manager.broadcast("end", "", to: "steady")
            return number
        }
        let reader = Task {
            var number = 0
            for try await event in client.events {
                if event.event == "end" { return number }
                guard event.event == "message", event.data == "\(number)" else {
                    throw BrokenResponse(what: "expected \(number), but got '\(event.event)' with '\(event.data)'")
                }
                number += 1
            }
            throw BrokenResponse(what: "the steady stream has ended after \(number) events")
        }
        defer {
            publisher.cancel()
            reader.cancel()
        }
        try await somethingElse()
        publisher.cancel()
        let published = try await publisher.value
        #expect(try await reader.value == published, sourceLocation: sourceLocation)
        await client.close()
        try await eventually("nobody is left", sourceLocation: sourceLocation) { manager.connectionCount == 0 && manager.channels().isEmpty }
    }
}
