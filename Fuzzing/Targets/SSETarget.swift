//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

@testable import RealtimeCore

/// An event stream: the same however it is cut, the same as a plain reference, and what is written again reads as the same.
enum SSETarget {
    private struct Outcome: Equatable {
        var events: [SSEParser.Event] = []
        var error: RealtimeError?
        var lastEventID = ""
        var retry: Int?
        var comments: [String] = []
    }

    static func run(_ input: FuzzInput) {
        let limit = [8, 24, 100, 1 << 20][input.number(below: 4)]
        let outcomes = input.cuts(of: input.bytes).map { Self.parse($0, limit: limit) }
        for outcome in outcomes.dropFirst() { requireEqual(outcomes[0], outcome, "events depend on the cuts, the limit being \(limit)") }

        let whole = Self.parse([input.bytes[...]], limit: 1 << 20)
        require(whole.error == nil, "an error below the limit")
        requireEqual(whole.events, SSEReference.events(of: input.bytes), "the parser and the reference differ")
        for event in whole.events { Self.checkWritten(event) }
        Self.checkText(input.text)
    }

    private static func parse(_ pieces: [ArraySlice<UInt8>], limit: Int) -> Outcome {
        var parser = SSEParser(maxEventSize: limit)
        parser.keepsComments = true
        var outcome = Outcome()
        for piece in pieces where outcome.error == nil {
            ExactBuffer.with(Array(piece)) { buffer in
                do throws(RealtimeError) {
                    try parser.parse(buffer, into: &outcome.events)
                } catch {
                    outcome.error = error
                }
            }
        }
        // Each byte that is not UTF-8 becomes three.
        require(outcome.events.allSatisfy { $0.data.utf8.count <= 3 * limit }, "an event passes the limit of \(limit)")
        outcome.lastEventID = parser.lastEventID
        outcome.retry = parser.retry
        outcome.comments = parser.comments
        return outcome
    }

    private static func checkWritten(_ event: SSEParser.Event) {
        // NUL is no part of what may be written, though a parser takes it.
        let fields = [event.event, event.lastEventID, event.channel ?? ""]
        guard !fields.contains(where: { $0.utf8.contains(0) }) else { return }
        let source = SSEEvent(event: event.event, data: event.data, id: event.lastEventID, retry: 7)
        requireEqual(Self.written(source, channel: event.channel), [event], "an event is another one when it is written again")
    }

    private static func checkText(_ text: String) {
        let lines = SSEReference.lines(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
        let expected = SSEParser.Event(event: "message", data: lines.joined(separator: "\n"), lastEventID: "", channel: nil)
        requireEqual(Self.written(.text(text), channel: nil), [expected], "a text does not arrive as it was sent")
        // A comment is none of any event, whatever is in it.
        var buffer = ByteBuffer()
        SSEEncoder.writeComment(text, into: &buffer)
        requireEqual(Self.parse([Array(buffer.readableBytesView)[...]], limit: 1 << 20).events, [], "a comment became an event")
    }

    private static func written(_ event: SSEEvent, channel: String?) -> [SSEParser.Event] {
        let message: WireMessage
        do {
            message = try WireMessage.sse(event, channel: channel)
        } catch {
            fatalError("an event cannot be written: \(error)")
        }
        let payload = Array(message.payload.readableBytesView)
        let chunk = Array("\(String(payload.count, radix: 16))\r\n".utf8) + payload + Array("\r\n".utf8)
        requireEqual(Array(message.framed.readableBytesView), chunk, "the chunk is not that of its payload")
        return Self.parse([payload[...]], limit: 1 << 20).events
    }
}
