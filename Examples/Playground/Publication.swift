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

/// A request to `/publish`: one message for a channel or a room, or with `count` and `size` a burst of numbered ones.
struct Publication {
    private struct Burst {
        let count: Int
        let size: Int
    }

    /// So many bytes are published before a slow reader is given time: more at once than an outbox holds would end the connection of a
    /// client that reads as fast as it can.
    private static let burstBytes = 256 << 10

    private let target: Target
    private let burst: Burst?

    /// Reads the body.
    ///
    /// - Throws: `HTTPError` 400 with a reason.
    init(_ body: ByteBuffer) throws {
        let fields = try JSONObject(body)
        self.burst = try Self.burst(fields)
        switch try fields.string("to") {
        case "sse": self.target = .channel(try Self.name("channel", fields), try Self.event(fields, isBurst: self.burst != nil))
        case "ws": self.target = .room(try Self.name("room", fields), payload: try Self.payload(fields, isBurst: self.burst != nil))
        case let other:
            throw HTTPError(.badRequest, message: "'to' is \(other.map { "'\($0)'" } ?? "missing"); 'sse' and 'ws' are accepted")
        }
    }

    private static func name(_ kind: String, _ fields: JSONObject) throws -> String {
        guard let name = try fields.string(kind) else { throw HTTPError(.badRequest, message: "'\(kind)' is missing: the name of a \(kind)") }
        return name
    }

    private static func event(_ fields: JSONObject, isBurst: Bool) throws -> SSEEvent {
        let raw = try self.value("data", fields, isBurst: isBurst)
        return SSEEvent(
            event: try fields.string("event"),
            data: isBurst ? raw : try fields.string("data", orNilIfOther: true) ?? raw,
            id: try fields.string("id"),
            retry: try fields.integer("retry", in: 0...Int.max)
        )
    }

    private static func payload(_ fields: JSONObject, isBurst: Bool) throws -> String {
        try self.value("payload", fields, isBurst: isBurst)
    }

    /// The text of a JSON value; an object for bursts, which add to it.
    private static func value(_ name: String, _ fields: JSONObject, isBurst: Bool) throws -> String {
        switch fields.raw(name) {
        case nil where isBurst: return "{}"
        case nil: throw HTTPError(.badRequest, message: "'\(name)' is missing: any JSON value")
        case let raw? where isBurst && raw.first != "{":
            throw HTTPError(.badRequest, message: "with 'count' and 'size', '\(name)' is an object or left out")
        case let raw?: return raw
        }
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
            guard let burst else { return try await self.target.publish(isPaced: self.target.size >= Self.burstBytes) }
            var delivered = 0
            let pad = String(repeating: "x", count: burst.size)
            var unpaced = 0
            for number in 0..<burst.count {
                unpaced += burst.size + 64
                let isPaced = unpaced >= Self.burstBytes
                if isPaced { unpaced = 0 }
                delivered += try await self.target.numbered(number, pad: pad).publish(isPaced: isPaced)
            }
            return delivered
        } catch let error as RealtimeError {
            throw HTTPError(.badRequest, message: error.message)
        }
    }

    /// What is published, and where.
    private enum Target {
        case channel(String, SSEEvent)
        case room(String, payload: String)

        var size: Int {
            switch self {
            case .channel(_, let event): event.data?.utf8.count ?? 0
            case .room(_, let payload): payload.utf8.count
            }
        }

        /// Publishes.
        ///
        /// - Parameter isPaced: whether those who are behind are given the time to take what waits for them.
        func publish(isPaced: Bool) async throws -> Int {
            guard isPaced else {
                switch self {
                case .channel(let channel, let event): return try SSEManager.shared.broadcast(event, to: channel)
                case .room(let room, let payload): return try WSManager.shared.broadcast(.text(payload), to: room)
                }
            }
            let receipt =
                switch self {
                case .channel(let channel, let event): try await SSEManager.shared.broadcastReceipt(event, to: channel)
                case .room(let room, let payload): try await WSManager.shared.broadcastReceipt(.text(payload), to: room)
                }
            if receipt.queued > 0 { try await Task.sleep(for: .microseconds(max(Publication.burstBytes, self.size) / 50)) }
            return receipt.matched
        }

        /// The same with `n` and `pad` added to the keys of its object.
        func numbered(_ number: Int, pad: String) -> Target {
            switch self {
            case .channel(let channel, var event):
                event.data = Self.numbered(event.data ?? "{}", number, pad)
                return .channel(channel, event)
            case .room(let room, let payload):
                return .room(room, payload: Self.numbered(payload, number, pad))
            }
        }

        private static func numbered(_ object: String, _ number: Int, _ pad: String) -> String {
            let own = object.trimmingCharacters(in: .whitespacesAndNewlines).dropLast()
            let isEmpty = own.dropFirst().allSatisfy(\.isWhitespace)
            return "\(own)\(isEmpty ? "" : ",")\"n\":\(number),\"pad\":\"\(pad)\"}"
        }
    }
}
