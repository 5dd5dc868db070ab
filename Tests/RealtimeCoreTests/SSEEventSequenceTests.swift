//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore
import Testing

@Suite struct SSEEventSequenceTests {
    private func stream(_ parts: [String]) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            for part in parts { continuation.yield(ByteBuffer(string: part)) }
            continuation.finish()
        }
    }

    @Test func eventsComeWhereverTheBytesAreCut() async throws {
        var events: [String] = []
        let parts = ["event: a\nda", "ta: 1\n", "\ndata: 2\n\ndata: 3\n", "\n: nothing\n\n", "data: cut off\n"]
        for try await event in self.stream(parts).sseEvents() { events.append("\(event.event) \(event.data)") }
        #expect(events == ["a 1", "message 2", "message 3"])
    }

    @Test func whatIsTooLargeThrows() async throws {
        await #expect(throws: RealtimeError.self) {
            for try await _ in self.stream(["data: 0123456789\n\n"]).sseEvents(maxEventSize: 8) {}
        }
    }

    @Test func aCommentIsNoEvent() async throws {
        let comment = SSEEvent.encodedComment("one\ntwo")
        #expect(comment == ": one\n: two\n\n")
        for try await event in self.stream([comment]).sseEvents() { Issue.record("\(event)") }
    }
}
