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

@testable import RealtimeKit

/// Streams for one client that are made of a sequence or of bytes, and their settings.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEResponseSequenceTests {
    private struct Broken: Error {}

    /// A sequence that says nothing until it is cancelled.
    private static var silence: AsyncStream<SSEEvent> {
        AsyncStream {
            try? await Task.sleep(for: .seconds(3600))
            return nil
        }
    }

    // MARK: Sequences

    @Test(arguments: TransportPath.routes) func aStreamOfASequenceEndsWithIt(path: TransportPath) async throws {
        let route = TestRoute { _, _ in
            let (events, source) = AsyncStream.makeStream(of: SSEEvent.self)
            for number in 0..<20 { source.yield(SSEEvent(event: "tick", data: "\(number)", id: "\(number)")) }
            source.finish()
            return SSEResponse(events: events)
        }
        try await path.run(route) { server in
            let client = try await server.open()
            let events = try await client.untilEnd()
            #expect(events.map(\.data) == (0..<20).map { "\($0)" })
            #expect(await client.lastEventID == "19")
            #expect(await client.endedCleanly)
            await client.close()
        }
    }

    @Test func anEndlessSequenceIsCancelledWhenTheClientLeaves() async throws {
        let ends = Recorder<String>()
        let route = TestRoute { _, _ in
            let (events, source) = AsyncStream.makeStream(of: SSEEvent.self)
            source.onTermination = { ends.add("\($0)") }
            source.yield(.text("first"))
            return SSEResponse(events: events)
        }
        try await TransportPath.direct.run(route) { server in
            let client = try await server.open()
            try await client.expect("message", "first")
            try await client.cut()
            try await eventually("it is cancelled") { ends.values == ["cancelled"] }
        }
    }

    @Test func aSequenceThatFailsEndsTheStream() async throws {
        let log = LogRecorder()
        let route = TestRoute { _, _ in
            let (events, source) = AsyncThrowingStream.makeStream(of: SSEEvent.self)
            source.yield(.text("last"))
            source.finish(throwing: Broken())
            return SSEResponse(events: events)
        }
        try await TransportPath.direct.run(route, logger: log.logger) { server in
            let client = try await server.open()
            #expect(try await client.untilEnd().map(\.data) == ["last"])
            #expect(await client.endedCleanly)
            try await eventually("it is logged") { log.records.values.contains { $0.contains("Broken") } }
        }
    }

    // MARK: Bytes

    @Test(arguments: TransportPath.routes) func bytesMayBeCutAnywhere(path: TransportPath) async throws {
        let text = "id: 1\r\nevent: cut\r\ndata: 👋 \u{e9}\r\n\r\n: comment\n\ndata: second\n\n"
        let route = TestRoute { _, _ in
            SSEResponse.bytes { writer in
                var rest = ByteBuffer(string: text)
                // A step of 3 cuts within characters, fields and line breaks.
                while let piece = rest.readSlice(length: min(3, rest.readableBytes)), piece.readableBytes > 0 { try await writer.write(piece) }
                try await writer.write(ByteBuffer())
            }
        }
        try await path.run(route) { server in
            let client = try await server.open()
            #expect(try await client.body() == ": open\n\n" + text)
            #expect(try await client.untilEnd().map(\.data) == ["👋 \u{e9}", "second"])
            #expect(await client.endedCleanly)
            await client.close()
        }
    }

    @Test func manyBytesAtOnceArriveWhole() async throws {
        let text = String((0..<1_000_000).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
        let route = TestRoute { _, _ in SSEResponse.bytes { try await $0.write(ByteBuffer(string: "data: \(text)\n\n")) } }
        try await TransportPath.direct.run(route) { server in
            let client = try await server.open()
            let event = try await client.next()
            #expect(event.data == text)
        }
    }

    @Test func whoWritesBytesLearnsOfTheEnd() async throws {
        let ends = Recorder<String>()
        let route = TestRoute { _, _ in
            SSEResponse.bytes { writer in
                await writer.closed
                do { try await writer.write(ByteBuffer(string: "data: x\n\n")) } catch { ends.add("\(type(of: error))") }
            }
        }
        try await TransportPath.direct.run(route) { server in
            try await server.stream().cut()
            try await eventually("it has ended") { ends.values == ["CancellationError"] }
        }
    }

    // MARK: Settings

    @Test func anIdleStreamHasAHeartbeatUnlessItIsOfBytes() async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        let route = TestRoute { request, _ in
            var response: SSEResponse
            switch request.uri.queryParameters["kind"] {
            case "bytes":
                response = .bytes { await $0.closed }
            case "own":
                var configuration = SSEResponse.Configuration()
                configuration.heartbeat = .event("alive", data: ["ok": true], every: .seconds(5))
                response = try SSEResponse(configuration: configuration) { await $0.closed }
            case "sequence":
                var configuration = SSEResponse.Configuration()
                configuration.heartbeat = .comment("of a sequence", every: .seconds(5))
                response = try SSEResponse(configuration: configuration, events: Self.silence)
            default:
                response = SSEResponse { await $0.closed }
            }
            response.hub = manager.hub
            return response
        }
        try await TransportPath.direct.run(route) { server in
            let usual = try await server.stream()
            let own = try await server.stream("/sse?kind=own")
            let sequence = try await server.stream("/sse?kind=sequence")
            let bytes = try await server.stream("/sse?kind=bytes")
            try await eventually("all are registered") { manager.connectionCount == 4 }
            try await clock.advance(by: .milliseconds(5_100))
            try await own.expect("alive", #"{"ok":true}"#)
            #expect(try await sequence.nextComment() == "of a sequence")
            try await clock.advance(by: .seconds(24))
            try manager.broadcastAll("mark", "")
            try await usual.expect("mark")
            #expect(await usual.comments.isEmpty)
            try await clock.advance(by: .seconds(2))
            #expect(try await usual.nextComment() == "heartbeat")
            try manager.broadcastAll("mark", "")
            for _ in 0..<2 { try await bytes.expect("mark") }
            #expect(await bytes.comments.isEmpty)
            // The clock stands still: nothing else would end them.
            for client in [usual, own, sequence, bytes] { await client.close() }
        }
    }

    @Test(arguments: TransportPath.routes) func settingsAreSentAtTheBeginning(path: TransportPath) async throws {
        var configuration = SSEResponse.Configuration()
        configuration.retry = 4321
        configuration.headers = [.cacheControl: "no-store", .via: "db"]
        let response = try SSEResponse(configuration: configuration) { try await $0.send("first") }
        try await path.run(TestRoute { _, _ in response }) { server in
            let client = try await server.open()
            #expect(try await client.body().hasPrefix("retry: 4321\n: open\n\nevent: first\n"))
            let headers = try await client.response().headers
            #expect(headers["cache-control"] == "no-store")
            #expect(headers["via"] == "db")
            #expect(headers["content-type"] == "text/event-stream")
            await client.close()
            let head = try await server.open(method: "HEAD")
            #expect(try await head.response().headers["via"] == "db")
            await head.close()
        }
    }

    @Test func badSettingsAreRefusedWithWhatIsAccepted() throws {
        var changes: [(inout SSEResponse.Configuration) -> Void] = []
        changes.append { $0.retry = -1 }
        changes.append { $0.shutdownGrace = .seconds(-1) }
        changes.append { $0.shutdownGrace = .seconds(3601) }
        changes.append { $0.heartbeat = .comment(every: .milliseconds(99)) }
        changes.append { $0.heartbeat = .event("a\nb") }
        for change in changes {
            var configuration = SSEResponse.Configuration()
            change(&configuration)
            let error = #expect(throws: RealtimeError.self) { try SSEResponse(configuration: configuration) { _ in } }
            #expect(error?.code == .invalidConfiguration)
            #expect(throws: RealtimeError.self) { try SSEResponse(configuration: configuration, events: Self.silence) }
        }
        _ = try SSEResponse(configuration: .init()) { _ in }
    }
}
