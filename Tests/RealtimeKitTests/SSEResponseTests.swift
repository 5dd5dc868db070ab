//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import NIOCore
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Streams for one client that a closure feeds: what arrives.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEResponseTests {
    private struct Left: Codable {
        let left: Int
    }

    // MARK: What arrives

    @Test(arguments: TransportPath.routes) func everyFormArrivesAsItWasSent(path: TransportPath) async throws {
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                try await stream.send("begun")
                try await stream.send("tick", Left(left: 3), id: "7", retry: 2000)
                try await stream.send("note", "two\r\nlines", id: "8")
                try await stream.send("map", ["a/b": 1])
                try await stream.send(SSEEvent(event: "whole", data: "event", id: "9", retry: 5))
                try await stream.data(Left(left: 2))
                try await stream.data("plain 👋")
                try await stream.comment("not\nseen")
                try await stream.sendRaw("data: raw message\n\n")
                try await stream.write(ByteBuffer(string: "event: bytes\ndata: raw\n\n"))
            }
        }
        try await path.run(route) { server in
            let client = try await server.open()
            let body = try await client.body()
            #expect(
                body == """
                    : open

                    event: begun
                    data: 

                    event: tick
                    id: 7
                    retry: 2000
                    data: {"left":3}

                    event: note
                    id: 8
                    data: two
                    data: lines

                    event: map
                    data: {"a/b":1}

                    event: whole
                    id: 9
                    retry: 5
                    data: event

                    data: {"left":2}

                    data: plain 👋

                    : not
                    : seen

                    data: raw message

                    event: bytes
                    data: raw


                    """
            )
            #expect(await client.endedCleanly)
            let head = try await client.response()
            #expect(head.status == 200)
            #expect(head.headers["content-type"] == "text/event-stream")
            #expect(head.headers["cache-control"] == "no-cache, no-transform")
            #expect(head.headers["x-accel-buffering"] == "no")
            #expect(head.headers["content-length"] == nil)
            #expect(try await client.untilEnd().map(\.event) == ["begun", "tick", "note", "map", "whole", "message", "message", "message", "bytes"])
            await client.close()
        }
    }

    @Test(arguments: TransportPath.routes) func nothingAtAllIsNotTheEnd(path: TransportPath) async throws {
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                try await stream.sendRaw("")
                try await stream.write(ByteBuffer())
                try await stream.data("")
                try await stream.send("end")
            }
        }
        try await path.run(route) { server in
            let client = try await server.open()
            try await client.expect("message", "")
            try await client.expect("end", "")
            #expect(try await client.nextOrEnd() == nil)
            #expect(await client.endedCleanly)
            await client.close()
        }
    }

    @Test func whatCannotBeSentThrowsAndTheStreamGoesOn() async throws {
        let errors = Recorder<String>()
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                let attempts: [@Sendable () async throws -> Void] = [
                    { try await stream.send("a\nb") },
                    { try await stream.send(SSEEvent(data: "x", id: "a\0")) },
                    { try await stream.send("tick", "x", retry: -1) },
                    { try stream.enqueue(try SSEEvent.json(Double.nan)) },
                    { try await stream.data(Double.infinity) },
                ]
                for attempt in attempts {
                    do { try await attempt() } catch { errors.add("\((error as? RealtimeError)?.code.description ?? "\(type(of: error))")") }
                }
                #expect(throws: RealtimeError.self) { try stream.enqueue(SSEEvent(event: "a\rb")) }
                try await stream.send("good")
            }
        }
        try await TransportPath.direct.run(route) { server in
            let client = try await server.open()
            try await client.expect("good")
            #expect(errors.values == ["invalid_field", "invalid_field", "invalid_field", "EncodingError", "EncodingError"])
        }
    }

    @Test func severalTasksMaySendAndEachKeepsItsOrder() async throws {
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for task in 0..<4 {
                        tasks.addTask {
                            for number in 0..<100 { try await stream.send("\(task)", "\(number)") }
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
        }
        try await TransportPath.direct.run(route) { server in
            let events = try await server.open().untilEnd()
            for task in 0..<4 { #expect(events.filter { $0.event == "\(task)" }.map(\.data) == (0..<100).map { "\($0)" }) }
            #expect(events.count == 400)
        }
    }

    private enum Trace {
        @TaskLocal static var id = "none"
    }

    @Test func theClosureSeesTheTaskLocalValuesOfTheHandler() async throws {
        let route = TestRoute { request, context in
            let response = SSEResponse { stream in try await stream.data(Trace.id) }
            return Trace.$id.withValue("of the handler") { response.response(from: request, context: context) }
        }
        try await TransportPath.direct.run(route) { server in try await server.open().expect("message", "of the handler") }
    }

    // MARK: Instead of a stream

    @Test func aHandlerMayAnswerOtherwise() async throws {
        let route = TestRoute { request, _ in
            guard request.uri.queryParameters["role"] == "admin" else { return Response(status: .forbidden) }
            return SSEResponse { stream in try await stream.send("welcome") }
        }
        try await TransportPath.direct.run(route) { server in
            #expect(try await server.open().response().status == 403)
            try await server.open("/sse?role=admin").expect("welcome")
        }
    }

    @Test(arguments: TransportPath.routes) func headGetsTheHeadersAloneAndRunsNothing(path: TransportPath) async throws {
        let runs = Recorder<Void>()
        try await path.run(TestRoute { _, _ in SSEResponse { _ in runs.add(()) } }) { server in
            let head = try await server.open(method: "HEAD")
            #expect(try await head.response().headers["content-type"] == "text/event-stream")
            #expect(try await head.body().isEmpty)
            await head.close()
            // One that does run, so that a first one would have been seen.
            let get = try await server.open()
            #expect(try await get.untilEnd().isEmpty)
            await get.close()
            #expect(runs.values.count == 1)
        }
    }

    @Test func aClosureWhoseResponseIsForgottenNeverRunsAndIsLetGo() async throws {
        final class Witness: Sendable {}
        weak var witness: Witness?
        let runs = Recorder<Void>()
        do {
            let kept = Witness()
            witness = kept
            let route = TestRoute { [kept] request, context in
                _ = SSEResponse { _ in withExtendedLifetime(kept) { runs.add(()) } }.response(from: request, context: context)
                return "something else"
            }
            try await TransportPath.direct.run(route) { server in
                let client = try await server.open()
                #expect(try await client.body() == "something else")
            }
        }
        try await eventually("nothing keeps the closure") { witness == nil }
        #expect(runs.values.isEmpty)
    }
}
