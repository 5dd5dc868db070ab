//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import NIOCore
import RealtimeKitTesting
import Synchronization
import Testing

@testable import RealtimeKit

/// Streams for one client go at the client's pace, and end in time when the server stops.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEResponsePaceTests {
    /// Many of them are more than both kernels hold for a client that does not read.
    private static let pad = String(repeating: "x", count: 64 << 10)

    /// What a stream sends: numbers, until it is told to stop.
    private final class Numbers: Sendable {
        private let state = Mutex((next: 0, isStopped: false))
        private let gate = Gate()

        /// How many the stream has asked for.
        var count: Int { self.state.withLock { $0.next } }

        func start() { self.gate.open() }
        func stop() { self.state.withLock { $0.isStopped = true } }

        func next() async -> Int? {
            await self.gate.pass()
            return self.state.withLock { state in
                if state.isStopped { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }
    }

    // MARK: Clients that do not read

    /// Expects a stream to go at its client's pace.
    private func expectPace(_ path: TransportPath, _ makeResponse: @Sendable @escaping (Numbers) -> SSEResponse) async throws {
        let numbers = Numbers()
        try await path.run(TestRoute { _, _ in makeResponse(numbers) }) { server in
            let client = try await server.stream(receiveBuffer: 8192)
            try await client.stall()
            numbers.start()
            var (former, looks) = (0, 0)
            try await eventually("it waits") {
                let count = numbers.count
                looks = count > 0 && count == former ? looks + 1 : 0
                former = count
                return looks == 20
            }
            numbers.stop()
            try await client.unstall()
            // Had it not waited, the limit of the outbox would have ended the stream, and with it all that was waiting.
            for number in 0..<numbers.count { #expect(try await client.expect("\(number)").data.utf8.count == Self.pad.utf8.count) }
            #expect(try await client.nextOrEnd() == nil)
            #expect(await client.endedCleanly)
            await client.close()
        }
    }

    @Test(arguments: TransportPath.twoRoutes + [.http2]) func sendingWaitsForAClientThatDoesNotRead(path: TransportPath) async throws {
        try await self.expectPace(path) { numbers in
            SSEResponse { stream in
                while let number = await numbers.next() { try await stream.send("\(number)", Self.pad) }
            }
        }
    }

    @Test func aSequenceIsAskedForNoMoreThanItsClientTakes() async throws {
        try await self.expectPace(.direct) { numbers in
            SSEResponse(events: AsyncStream { await numbers.next().map { SSEEvent(event: "\($0)", data: Self.pad) } })
        }
    }

    @Test func bytesAreWrittenAtTheClientsPaceToo() async throws {
        try await self.expectPace(.direct) { numbers in
            SSEResponse.bytes { writer in
                while let number = await numbers.next() {
                    try await writer.write(ByteBuffer(string: "event: \(number)\ndata: \(Self.pad)\n\n"))
                }
            }
        }
    }

    @Test func enqueueingDoesNotWait() async throws {
        let (accepted, gate) = (Recorder<Bool>(), Gate())
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                await gate.pass()
                // Less than may wait for a client.
                for number in 0..<12 { accepted.add(try stream.enqueue(SSEEvent(event: "\(number)", data: Self.pad))) }
                await stream.closed
            }
        }
        try await TransportPath.direct.run(route) { server in
            let client = try await server.stream(receiveBuffer: 8192)
            try await client.stall()
            gate.open()
            try await eventually("all are accepted, though none is read") { accepted.values == Array(repeating: true, count: 12) }
            try await client.unstall()
            for number in 0..<12 { try await client.expect("\(number)") }
            await client.close()
        }
    }

    @Test(arguments: TransportPath.twoRoutes) func whatIsEnqueuedForAClientThatDoesNotReadIsLimited(path: TransportPath) async throws {
        let (ends, gate) = (Recorder<String>(), Gate())
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                await gate.pass()
                let event = SSEEvent(data: Self.pad)
                // Far more than both kernels hold, and than may wait for a client.
                for _ in 0..<400 { try stream.enqueue(event) }
                await stream.closed
                ends.add("cancelled: \(Task.isCancelled)")
                #expect(try !stream.enqueue(event))
            }
        }
        try await path.run(route) { server in
            let client = try await server.stream(receiveBuffer: 8192)
            try await client.stall()
            gate.open()
            try await eventually("the client is given up") { ends.values == ["cancelled: true"] }
            await client.close()
        }
    }

    @Test(arguments: TransportPath.twoRoutes) func aClientThatTakesNothingForTenSecondsIsCutOff(path: TransportPath) async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        let (ends, gate) = (Recorder<String>(), Gate())
        let route = TestRoute { _, _ in
            var response = SSEResponse { stream in
                await gate.pass()
                do {
                    while true { try await stream.data(Self.pad) }
                } catch {
                    ends.add("\(type(of: error))")
                }
            }
            response.hub = manager.hub
            return response
        }
        try await path.run(route) { server in
            let client = try await server.stream(receiveBuffer: 8192)
            try await client.stall()
            gate.open()
            // When the kernels are full cannot be seen from here: from then on it takes ten of these.
            try await eventually("it is cut off") {
                try await clock.advance(by: .seconds(1))
                return ends.values == ["CancellationError"] && manager.connectionCount == 0
            }
            await client.close()
        }
    }

    // MARK: The server stops

    @Test(arguments: TransportPath.routes) func aStreamMayGoOnForAWhileWhenTheServerStops(path: TransportPath) async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        let (streams, ends) = (Recorder<SSEResponseStream>(), Recorder<String>())
        var configuration = SSEResponse.Configuration()
        configuration.shutdownGrace = .seconds(7)
        var response = try SSEResponse(configuration: configuration) { stream in
            streams.add(stream)
            await stream.closed
            ends.add("cancelled: \(Task.isCancelled)")
        }
        response.hub = manager.hub
        try await path.run(TestRoute { [response] _, _ in response }) { server in
            let client = try await server.stream()
            try await eventually("the closure runs") { streams.values.count == 1 }
            await server.base.stop()
            // The time counts from when the stream is told, which cannot be seen: a stream that is told at once to end would not live to see this.
            for number in 0..<20 {
                #expect(try streams.values[0].enqueue(SSEEvent(event: "\(number)")))
                try await client.expect("\(number)")
                try await clock.advance(by: .milliseconds(100))
            }
            #expect(ends.values.isEmpty)
            // In small steps: its farewell has five seconds of that clock.
            try await eventually("its time is over") {
                try await clock.advance(by: .milliseconds(100))
                return ends.values == ["cancelled: true"]
            }
            try await client.expect("disconnect", #"{"reason":"shutdown","reconnect":true}"#)
            #expect(try await client.nextOrEnd() == nil)
            // Hummingbird's own HTTP/2 server closes a connection before it has sent the end of its last stream.
            if path != .http2Writer { #expect(await client.endedCleanly) }
            await client.close()
            await server.base.untilStopped()
        }
    }

    @Test(arguments: TransportPath.routes) func aStreamThatEndsInTimeEndsAsAlways(path: TransportPath) async throws {
        let streams = Recorder<SSEResponseStream>()
        let route = TestRoute { _, _ in
            SSEResponse { stream in
                streams.add(stream)
                await stream.closed
            }
        }
        try await path.run(route) { server in
            let client = try await server.stream()
            try await eventually("the closure runs") { streams.values.count == 1 }
            await server.base.stop()
            try await streams.values[0].send("last")
            streams.values[0].close()
            try await client.expect("last")
            #expect(try await client.nextOrEnd() == nil)
            await client.close()
            await server.base.untilStopped()
        }
    }

    @Test func withoutGraceAStreamEndsWhenTheServerStops() async throws {
        var configuration = SSEResponse.Configuration()
        configuration.shutdownGrace = .zero
        let response = try SSEResponse(configuration: configuration) { await $0.closed }
        try await TransportPath.direct.run(TestRoute { _, _ in response }) { server in
            let client = try await server.stream()
            await server.base.stop()
            try await client.expect("disconnect", #"{"reason":"shutdown","reconnect":true}"#)
            #expect(try await client.nextOrEnd() == nil)
            await client.close()
            await server.base.untilStopped()
        }
    }
}
