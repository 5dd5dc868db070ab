//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import NIOCore
import RealtimeKit

/// A request to `/publish`: one event for a channel, or with `count` and `size` a burst of numbered ones.
struct Publication {
    private struct Burst {
        let count: Int
        let size: Int
    }

    /// So many bytes are published before a slow reader is given time: more at once than an outbox holds would end the connection of a
    /// client that reads as fast as it can.
    private static let burstBytes = 256 << 10

    private let channel: String
    private let event: SSEEvent
    private let burst: Burst?

    /// Reads the body.
    ///
    /// - Throws: `HTTPError` 400 with a reason.
    init(_ body: ByteBuffer) throws {
        let fields = try JSONObject(body)
        switch try fields.string("to") {
        case "sse": break
        case let other: throw HTTPError(.badRequest, message: "'to' is \(other.map { "'\($0)'" } ?? "missing"); 'sse' is accepted")
        }
        guard let channel = try fields.string("channel") else {
            throw HTTPError(.badRequest, message: "'channel' is missing: the name of a channel")
        }
        self.channel = channel
        self.burst = try Self.burst(fields)
        let data: String
        switch (fields.raw("data"), self.burst) {
        case (nil, nil): throw HTTPError(.badRequest, message: "'data' is missing: a string, sent as it is, or any other JSON value")
        case (nil, .some): data = "{}"
        case (let raw?, .some) where raw.first != "{":
            throw HTTPError(.badRequest, message: "with 'count' and 'size', 'data' is an object or left out")
        case (let raw?, _): data = try fields.string("data", orNilIfOther: true) ?? raw
        }
        self.event = SSEEvent(
            event: try fields.string("event"),
            data: data,
            id: try fields.string("id"),
            retry: try fields.integer("retry", in: 0...Int.max)
        )
    }

    private static func burst(_ fields: JSONObject) throws -> Burst? {
        let count = try fields.integer("count", in: 1...10_000)
        let size = try fields.integer("size", in: 0...16_000)
        switch (count, size) {
        case (nil, nil): return nil
        case (let count?, let size?): return Burst(count: count, size: size)
        default: throw HTTPError(.badRequest, message: "'count' and 'size' go together")
        }
    }

    /// Publishes.
    ///
    /// - Returns: the sum of the connections that each broadcast was for.
    func run() async throws -> Int {
        do {
            guard let burst else { return try await self.publish(self.event) }
            var delivered = 0
            let pad = String(repeating: "x", count: burst.size)
            var unpaced = 0
            for number in 0..<burst.count {
                var event = self.event
                event.data = self.numbered(number, pad: pad)
                unpaced += burst.size + 64
                if unpaced >= Self.burstBytes {
                    unpaced = 0
                    delivered += try await self.publishPaced(event)
                } else {
                    delivered += try SSEManager.shared.broadcast(event, to: self.channel)
                }
            }
            return delivered
        } catch let error as RealtimeError {
            throw HTTPError(.badRequest, message: error.message)
        }
    }

    private func publish(_ event: SSEEvent) async throws -> Int {
        guard (event.data?.utf8.count ?? 0) >= Self.burstBytes else { return try SSEManager.shared.broadcast(event, to: self.channel) }
        return try await self.publishPaced(event)
    }

    /// Publishes, and gives those who are behind the time to take what waits for them.
    private func publishPaced(_ event: SSEEvent) async throws -> Int {
        let receipt = try await SSEManager.shared.broadcastReceipt(event, to: self.channel)
        if receipt.queued > 0 {
            let bytes = max(Self.burstBytes, event.data?.utf8.count ?? 0)
            try await Task.sleep(for: .microseconds(bytes / 50))
        }
        return receipt.matched
    }

    /// The event's object with `n` and `pad` added to its keys.
    private func numbered(_ number: Int, pad: String) -> String {
        let own = (self.event.data ?? "{}").trimmingCharacters(in: .whitespacesAndNewlines).dropLast()
        let isEmpty = own.dropFirst().allSatisfy(\.isWhitespace)
        return "\(own)\(isEmpty ? "" : ",")\"n\":\(number),\"pad\":\"\(pad)\"}"
    }
}
