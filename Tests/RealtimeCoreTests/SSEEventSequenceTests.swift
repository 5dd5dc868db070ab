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

    @Test(arguments: [[17], [4, 17], [8, 17], [18], Array(1...25)])
    func eventsBeforeWhatIsTooLargeComeHoweverTheBytesAreCut(_ cuts: [Int]) async throws {
        let bytes = Array("data: 1\n\ndata: 2\n\ndata: 0123456789\n\n".utf8)
        let parts = zip([0] + cuts, cuts + [bytes.count]).map { String(decoding: bytes[$0..<$1], as: UTF8.self) }
        var iterator = self.stream(parts).sseEvents(maxEventSize: 8).makeAsyncIterator()
        #expect(try await iterator.next()?.data == "1")
        #expect(try await iterator.next()?.data == "2")
        for _ in 0..<2 { await #expect(throws: RealtimeError.self) { try await iterator.next() } }
    }

    @Test func aCommentIsNoEvent() async throws {
        let comment = SSEEvent.encodedComment("one\ntwo")
        #expect(comment == ": one\n: two\n\n")
        for try await event in self.stream([comment]).sseEvents() { Issue.record("\(event)") }
    }
}
