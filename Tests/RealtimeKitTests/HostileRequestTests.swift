//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Requests that are wrong or unusual, and clients that leave at any moment. Each gets what it deserves, and a steady client beside it misses
/// nothing.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HostileRequestTests {
    /// Seats are counted so that one that is not given back is found.
    private static let seats = 1000

    /// Runs an application with `/sse`, where streams may be changed, and `/plain`, and a steady client beside what goes on.
    private func beside(
        _ hooks: SSEHooks<TestUser> = .init(),
        middleware: MeddlingMiddleware? = nil,
        _ test: @Sendable @escaping (TestServer, SSEManager) async throws -> Void
    ) async throws {
        let limiter = try ConnectionLimiter(.init(total: Self.seats))
        let manager = try SSEManager(limiter: limiter)
        let ends = Recorder<ConnectionID>()
        var hooks = hooks
        hooks.onDisconnect = { ends.add($0.id) }
        var configuration = LiveStream.configuration
        configuration.handlesAllMethods = true
        configuration.heartbeat = .disabled
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(
            manager: manager,
            configuration: configuration,
            resolveUser: { request, context in try await TestUser.resolve(request, context) },
            hooks: hooks
        )
        let router = Router().get("plain") { _, _ in "plain" }
        if let middleware { router.add(middleware: middleware) }
        try await TestServer.run(router.sse("/steady", plugin).sse("/sse", plugin)) { server in
            try await SteadyClient.run(beside: server, manager, "/steady?channels=steady") {
                try await test(server, manager)
                try await eventually("only the steady client is left") { manager.connectionCount == 1 && limiter.room == Self.seats - 1 }
            }
        }
        #expect(limiter.room == Self.seats)
        #expect(Set(ends.values).count == ends.values.count, "an end was reported twice")
    }

    // MARK: Requests

    @Test(arguments: HostileRequest.all) func aHostileRequestGetsWhatItDeserves(hostile: HostileRequest) async throws {
        try await self.beside { server, manager in
            let socket = try await TestSocket.connect(port: server.port)
            // The server may close while it is being sent.
            try? await socket.send(hostile.request)
            switch hostile.outcome {
            case .answer(let status, let text, let headers):
                let answer = try await TestServer.Answer(on: socket, hasBody: !hostile.request.hasPrefix("HEAD"))
                #expect(answer.status == status)
                #expect(answer.body.contains(text), "\(answer.body)")
                for (name, value) in headers { #expect(answer.headers[name] == value) }
                let next = try await server.request("GET", "/plain", on: socket)
                #expect(next.status == 200 && next.body == "plain", "\(next)")
            case .farewell(let status):
                let answer = try await socket.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
                #expect(answer.lowercased().contains("\r\nconnection: close\r\n"), "\(answer)")
                #expect(answer.ranges(of: "HTTP/1.").count == 1, "\(answer)")
            case .cut(let status):
                let answer = try await socket.receiveAll()
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            case .stream(let others):
                let text = try await self.stream(on: socket, manager)
                #expect(text.ranges(of: "HTTP/1.1 ").count == others + 1, "\(text)")
                #expect(text.lowercased().contains("\r\ntransfer-encoding: chunked\r\n"), "\(text)")
            case .plainStream:
                let text = try await self.stream(on: socket, manager)
                #expect(text.hasPrefix("HTTP/1.0 200 "), "\(text)")
                #expect(text.contains("\r\n\r\nevent: connected\n"), "\(text)")
            }
            await socket.close()
        }
    }

    /// Waits for a stream and for an event on it.
    private func stream(on socket: TestSocket, _ manager: SSEManager) async throws -> String {
        var text = try await socket.receive(until: "event: connected")
        #expect(manager.subscriberCount(of: "hostile") == 1)
        try manager.broadcast("mark", "", to: "hostile")
        text += try await socket.receive(until: "event: mark")
        #expect(text.ranges(of: "event: connected").count == 1, "\(text)")
        #expect(text.contains(#""channels":["hostile"]"#), "\(text)")
        return text
    }

    // MARK: Ends

    @Test(
        arguments: [
            HostileRequest.get("/sse?channels=hostile,left", "Accept: text/event-stream"),
            HostileRequest.send("POST", "/sse/subscribe", ["Content-Type: application/json"], body: #"{"id":"x","key":"y","channel":"z"}"#),
            HostileRequest.send("HEAD"),
        ],
        Leaving.allCases
    )
    func aClientMayLeaveAtEveryByteOfItsRequest(request: String, leaving: Leaving) async throws {
        try await self.beside { server, _ in
            try await withThrowingTaskGroup { group in
                for worker in 0..<4 {
                    group.addTask {
                        for length in stride(from: worker, through: request.utf8.count, by: 4) {
                            let socket = try await TestSocket.connect(port: server.port)
                            try await socket.send(String(request.prefix(length)))
                            try await leaving.leave(socket)
                            // A client that still reads gets to see the end of the connection.
                            _ = try await socket.receiveAll()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    enum Moment: CaseIterable {
        case afterTheRequest
        case whileAHookDecides
        case afterTheFirstEvent
        case betweenEvents
        case insideAnEvent
        case afterTheFarewell
    }

    @Test(arguments: Moment.allCases, Leaving.allCases)
    func aClientMayLeaveAtEveryMomentOfItsStream(moment: Moment, leaving: Leaving) async throws {
        let (gate, asked) = (Gate(), Recorder<Void>())
        let hooks = SSEHooks<TestUser>(onConnect: { info in
            guard info.userID == "waits" else { return true }
            asked.add(())
            await gate.pass()
            return true
        })
        try await self.beside(hooks) { server, manager in
            for number in 1...5 {
                let receiveBuffer = moment == .insideAnEvent ? 4096 : nil
                let headers = moment == .whileAHookDecides ? ["From: waits"] : []
                let client = try await SSETestClient.open(
                    port: server.port,
                    "/sse?channels=left",
                    headers: headers,
                    receiveBuffer: receiveBuffer
                )
                switch moment {
                case .afterTheRequest: break
                case .whileAHookDecides: try await eventually("its hook waits") { asked.values.count == number }
                case .afterTheFirstEvent: _ = try await client.connectionID()
                case .betweenEvents:
                    _ = try await client.connectionID()
                    for number in 0..<200 { try manager.broadcast(.text("\(number)"), to: "left") }
                    try await client.expect("message", "0")
                case .insideAnEvent:
                    _ = try await client.connectionID()
                    try await client.stall()
                    var queued = 0
                    let text = String(repeating: "x", count: 400_000)
                    while queued == 0 { queued = try await manager.broadcastReceipt(.text(text), to: "left").queued }
                case .afterTheFarewell:
                    manager.disconnect(try await client.connectionID())
                }
                try await leaving.leave(client)
                try await eventually("its stream is gone") { manager.subscriberCount(of: "left") == 0 }
            }
            gate.open()
        }
    }

    // MARK: Middleware

    @Test(arguments: MeddlingMiddleware.Kind.allCases) func aMiddlewareMayDoAnythingWithAResponse(kind: MeddlingMiddleware.Kind) async throws {
        try await self.beside(middleware: MeddlingMiddleware(kind: kind)) { server, manager in
            for _ in 0..<3 {
                let client = try await SSETestClient.open(port: server.port, "/sse?channels=hostile")
                let head = try await client.response()
                #expect(head.status == kind.status)
                #expect(try await client.body() == kind.body)
                #expect(manager.subscriberCount(of: "hostile") == 0)
                await client.close()
            }
        }
    }
}
