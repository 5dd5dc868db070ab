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
import Testing

/// How streams for one client end, and who learns of it.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEResponseEndTests {
    /// Its text is for the log's eyes at most.
    private struct Secret: Error, CustomStringConvertible {
        let description = "the password is 1234"
    }

    // MARK: By the closure

    @Test func aConnectionCanBeUsedAgainAfterAStream() async throws {
        let route = TestRoute { _, _ in SSEResponse { stream in try await stream.send("only") } }
        try await TransportPath.direct.run(route) { server in
            let socket = try await TestSocket.connect(port: server.base.port)
            for _ in 0..<3 {
                let answer = try await server.base.request("GET", "/sse", on: socket)
                #expect(answer.status == 200)
                #expect(answer.body == ": open\n\nevent: only\ndata: \n\n")
            }
        }
    }

    @Test(arguments: TransportPath.routes) func anErrorEndsTheStreamAndItsTextIsNotSent(path: TransportPath) async throws {
        let log = LogRecorder()
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                try await stream.send("before")
                throw Secret()
            }
        }
        try await path.run(route, logger: log.logger) { server in
            let client = try await server.open()
            #expect(try await client.body() == ": open\n\nevent: before\ndata: \n\n")
            #expect(await client.endedCleanly)
            try await eventually("it is logged") { log.records.values.contains { $0.contains("An event stream ended with an error") } }
            #expect(log.records.values.contains { $0.hasPrefix("warning An event stream") && $0.contains("Secret") })
            #expect(!log.records.values.contains { $0.contains("1234") })
            await client.close()
        }
    }

    @Test(arguments: TransportPath.routes) func closingEndsTheStreamAfterWhatWasSent(path: TransportPath) async throws {
        let afterwards = Recorder<String>()
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                for number in 0..<20 { try await stream.send("tick", "\(number)") }
                stream.close()
                afterwards.add("\(try stream.enqueue(.text("too late")))")
                do { try await stream.send("too late") } catch { afterwards.add("\(type(of: error))") }
                await stream.closed
                afterwards.add("closed")
            }
        }
        try await path.run(route) { server in
            let client = try await server.open()
            for number in 0..<20 { try await client.expect("tick", "\(number)") }
            #expect(try await client.nextOrEnd() == nil)
            #expect(await client.endedCleanly)
            try await eventually("the closure went on") { afterwards.values == ["false", "CancellationError", "closed"] }
            await client.close()
        }
    }

    @Test(arguments: TransportPath.routes) func aCallbackMayKeepTheStreamForAsLongAsItIsOpen(path: TransportPath) async throws {
        let streams = Recorder<SSEResponseStream>()
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                streams.add(stream)
                await stream.closed
            }
        }
        try await path.run(route) { server in
            let client = try await server.stream()
            try await eventually("the callback has it") { streams.values.count == 1 }
            let stream = streams.values[0]
            for number in 0..<20 { #expect(try stream.enqueue(SSEEvent(event: "tick", data: "\(number)"))) }
            for number in 0..<20 { try await client.expect("tick", "\(number)") }
            stream.close()
            #expect(try await client.nextOrEnd() == nil)
            #expect(await client.endedCleanly)
            await stream.closed
            #expect(try !stream.enqueue(.text("too late")))
            await client.close()
        }
    }

    // MARK: By the client

    @Test(arguments: TransportPath.routes.filter(\.noticesEnds), ["close", "half", "cut"])
    func theClosureIsCancelledWhenTheClientLeaves(path: TransportPath, way: String) async throws {
        let log = LogRecorder()
        let ends = Recorder<String>()
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                do { try await Task.sleep(for: .seconds(3600)) } catch { ends.add("\(type(of: error))") }
                do { try await stream.send("nobody hears this") } catch { ends.add("\(type(of: error))") }
                await stream.closed
                throw CancellationError()
            }
        }
        try await path.run(route, logger: log.logger) { server in
            let client = try await server.stream()
            switch way {
            case "close": await client.close()
            case "half": try await client.closeOutput()
            default: try await client.cut()
            }
            try await eventually("it is cancelled, and cannot send") { ends.values == ["CancellationError", "CancellationError"] }
            await client.close()
        }
        #expect(!log.records.values.contains { $0.contains("ended with an error") }, "Nothing is wrong with that")
    }

    @Test(arguments: TransportPath.routes.filter { !$0.noticesEnds }) func elsewhereItIsCancelledWithAWrite(path: TransportPath) async throws {
        let ends = Recorder<String>()
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                do {
                    while true { try await stream.send("tick") }
                } catch {
                    ends.add("\(type(of: error))")
                    throw error
                }
            }
        }
        try await path.run(route) { server in
            let client = try await server.stream()
            try await client.expect("tick")
            await client.close()
            try await eventually("it is cancelled") { ends.values == ["CancellationError"] }
        }
    }
}
