//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// What a takeover leans on inside Hummingbird and NIO. When one of these fails after an update, so does the takeover.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TakeoverTests {
    private func endpoint<Context: RequestContext>(_ manager: SSEManager, _ context: Context.Type) throws -> Router<Context> {
        let router = Router(context: context)
        router.get("plain") { _, _ in "plain" }
        return router.sse("/sse", try SSEPlugin(manager: manager))
    }

    @Test func theTaskGoesAndTheConnectionStays() async throws {
        let manager = try SSEManager()
        let counting = CountingServer()
        try await TestServer.run(self.endpoint(manager, BasicRequestContext.self), server: counting.builder()) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            try await eventually("the task of the connection has ended") { counting.total == 1 && counting.tasks == 0 }
            for number in 0..<10 {
                try manager.broadcast(.text("\(number)"), to: "a")
                #expect(try await client.next().data == "\(number)")
            }
            #expect(manager.connectionCount == 1)
        }
    }

    @Test func aStreamThatIsNotWrittenDirectlyLastsToo() async throws {
        let clock = ManualClock()
        let manager = try SSEManager(configuration: .init(directSocketWrites: false), clock: clock)
        try await TestServer.run(self.endpoint(manager, BasicRequestContext.self)) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            try manager.broadcast(.text("first"), to: "a")
            #expect(try await client.next().data == "first")
            // Longer than the oldest unsent byte may wait: nothing must count as unsent.
            try await clock.advance(by: .seconds(11))
            try manager.broadcast(.text("second"), to: "a")
            #expect(try await client.next().data == "second")
            #expect(manager.connectionCount == 1)
        }
    }

    @Test func keepAliveRequestsBeforeAStreamWork() async throws {
        let manager = try SSEManager()
        try await TestServer.run(self.endpoint(manager, BasicRequestContext.self)) { server in
            let socket = try await TestSocket.connect(port: server.port)
            for _ in 0..<3 {
                try await socket.send("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
                var answer = ""
                while !answer.hasSuffix("plain") { answer += String(buffer: try #require(await socket.receive())) }
            }
            try await socket.send("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n")
            var answer = ""
            while !answer.contains("connected") { answer += String(buffer: try #require(await socket.receive())) }
            #expect(manager.connectionCount == 1)
            await socket.close()
        }
    }

    @Test func aPipelinedSecondRequestDisturbsNothing() async throws {
        let manager = try SSEManager()
        try await TestServer.run(self.endpoint(manager, BasicRequestContext.self)) { server in
            let socket = try await TestSocket.connect(port: server.port)
            let request = "GET /sse?channels=a HTTP/1.1\r\nHost: x\r\n\r\n"
            try await socket.send(request + request + "POST /sse HTTP/1.1\r\nHost: x\r\nContent-Le")
            try await eventually("the stream is open") { manager.connectionCount == 1 }
            try manager.broadcast(.text("end-mark"), to: "a")
            var answer = ""
            while !answer.contains("end-mark") { answer += String(buffer: try #require(await socket.receive())) }
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
            #expect(answer.components(separatedBy: "event: connected").count == 2)
            await socket.close()
            try await eventually("the connection is gone") { manager.connectionCount == 0 }
        }
    }

    @Test func theIdleTimeoutOfTheServerDoesNotEndStreams() async throws {
        let manager = try SSEManager()
        let counting = CountingServer()
        let server = counting.builder(configuration: .init(idleTimeout: .milliseconds(100)))
        try await TestServer.run(self.endpoint(manager, BasicRequestContext.self), server: server) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            // An idle connection beside it shows that the timeout is in force.
            let idle = try await TestSocket.connect(port: server.port)
            #expect(try await idle.receiveAll().isEmpty)
            let later = try await TestSocket.connect(port: server.port)
            #expect(try await later.receiveAll().isEmpty)
            try manager.broadcast(.text("still here"), to: "a")
            #expect(try await client.next().data == "still here")
        }
    }

    @Test(arguments: [true, false]) func theEndOfAClientIsNoticed(withReset: Bool) async throws {
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        let router = Router()
        router.sse("/sse", try SSEPlugin(manager: manager, hooks: .init(onDisconnect: { ends.add($0.reason) })))
        try await TestServer.run(router) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            if withReset { try await client.cut() } else { try await client.closeOutput() }
            try await eventually("onDisconnect was called") { ends.values.count == 1 }
            #expect(ends.values == [withReset ? .connectionLost : .clientClosed])
            #expect(manager.stats().connections == 0)
            #expect(manager.channels().isEmpty)
        }
    }

    @Test func aClientThatClosesBehindItsRequestIsNoticed() async throws {
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        let router = Router()
        router.sse(
            "/sse",
            try SSEPlugin(
                manager: manager,
                hooks: .init(
                    onConnect: { _ in
                        // The FIN is there before the response.
                        try? await Task.sleep(for: .milliseconds(100))
                        return true
                    },
                    onDisconnect: { ends.add($0.reason) }
                )
            )
        )
        try await TestServer.run(router) { server in
            let socket = try await TestSocket.connect(port: server.port)
            try await socket.send("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n")
            try await socket.closeOutput()
            try await eventually("onDisconnect was called") { ends.values.count == 1 }
            #expect(manager.connectionCount == 0)
        }
    }

    @Test func aStockServerWithAChannelInItsContextIsTakenOverToo() async throws {
        let manager = try SSEManager()
        let log = LogRecorder()
        try await TestServer.run(self.endpoint(manager, ChannelContext.self), server: .http1(), logger: log.logger) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            try manager.broadcast(.text("x"), to: "a")
            #expect(try await client.next().data == "x")
            #expect(!log.records.values.contains { $0.contains("slow path") })
        }
    }

    @Test func withoutRealtimeStreamsWorkThroughTheWriterAndSaySoOnce() async throws {
        let manager = try SSEManager()
        let log = LogRecorder()
        try await TestServer.run(self.endpoint(manager, BasicRequestContext.self), server: .http1(), logger: log.logger) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            let (second, id) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            for number in 0..<200 { try manager.broadcast(.text("\(number)"), to: "a") }
            for number in 0..<200 { #expect(try await client.next().data == "\(number)") }
            for number in 0..<200 { #expect(try await second.next().data == "\(number)") }
            manager.disconnect(id)
            #expect(try await second.untilEnd().last?.data == #"{"reason":"kicked","reconnect":false}"#)
            #expect(await second.endedCleanly)
            #expect(log.records.values.filter { $0.contains("server: .realtime()") }.count == 1)
        }
        #expect(manager.connectionCount == 0)
    }

    @Test func aResponseThatAMiddlewareChangesGoesThroughTheMiddleware() async throws {
        struct Shouting: RouterMiddleware {
            typealias Context = BasicRequestContext

            func handle(
                _ request: Request,
                context: Context,
                next: (Request, Context) async throws -> Response
            ) async throws -> Response {
                var response = try await next(request, context)
                response.body = response.body.map { ByteBuffer(string: String(buffer: $0).replacing("quiet", with: "LOUD")) }
                return response
            }
        }
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        let router = Router()
        router.add(middleware: Shouting())
        router.sse("/sse", try SSEPlugin(manager: manager, hooks: .init(onDisconnect: { ends.add($0.reason) })))
        try await TestServer.run(router) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            try manager.broadcast(.text("quiet"), to: "a")
            #expect(try await client.next().data == "LOUD")
            try await client.closeOutput()
            try await eventually("onDisconnect was called") { ends.values == [.clientClosed] }
        }
    }

    @Test func aStreamThatAMiddlewareReplacesIsNeverRegistered() async throws {
        struct Replacing: RouterMiddleware {
            typealias Context = BasicRequestContext

            func handle(
                _ request: Request,
                context: Context,
                next: (Request, Context) async throws -> Response
            ) async throws -> Response {
                _ = try await next(request, context)
                return Response(status: .init(code: 418))
            }
        }
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        let router = Router()
        router.add(middleware: Replacing())
        router.sse("/sse", try SSEPlugin(manager: manager, hooks: .init(onDisconnect: { ends.add($0.reason) })))
        try await TestServer.run(router) { server in
            let client = try await SSETestClient.open(port: server.port)
            #expect(try await client.response().status == 418)
            #expect(manager.connectionCount == 0)
        }
        #expect(ends.values.isEmpty)
    }
}
