//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What keeps an idle stream alive through proxies, and lets a client notice a dead connection.
public struct SSEHeartbeat: Sendable {
    private enum Kind: Sendable {
        case disabled
        /// An event whose data is made anew each time.
        case event(String, @Sendable () throws -> String)
        case comment(String)
    }

    private let kind: Kind
    private let interval: Duration

    /// An event `ping` with `{"ts":"<ISO 8601, milliseconds, UTC>"}` every 30 s.
    public static let `default` = SSEHeartbeat.event()

    /// No heartbeat, unless a channel asks for one.
    public static let disabled = SSEHeartbeat(kind: .disabled, interval: .zero)

    /// An event with the time, `{"ts":"<ISO 8601, milliseconds, UTC>"}`.
    ///
    /// - Parameters:
    ///   - name: the event's type, one line.
    ///   - interval: 100 ms to 1 day.
    public static func event(_ name: String = "ping", every interval: Duration = .seconds(30)) -> SSEHeartbeat {
        SSEHeartbeat(kind: .event(name, { #"{"ts":"\#(Self.timestamp())"}"# }), interval: interval)
    }

    /// An event with data of the application's own.
    ///
    /// - Parameters:
    ///   - name: the event's type, one line.
    ///   - data: sent as JSON.
    ///   - interval: 100 ms to 1 day.
    public static func event(
        _ name: String = "ping",
        data: some Encodable & Sendable,
        every interval: Duration = .seconds(30)
    ) -> SSEHeartbeat {
        SSEHeartbeat(kind: .event(name, { try JSONText.encode(data) }), interval: interval)
    }

    /// A comment, which clients do not see.
    ///
    /// - Parameters:
    ///   - text: any text.
    ///   - interval: 100 ms to 1 day.
    public static func comment(_ text: String = "heartbeat", every interval: Duration = .seconds(30)) -> SSEHeartbeat {
        SSEHeartbeat(kind: .comment(text), interval: interval)
    }

    /// Checks an interval.
    static func validate(_ interval: Duration, of what: String) throws(RealtimeError) {
        guard interval >= .milliseconds(100), interval <= .seconds(86_400) else {
            throw RealtimeError(.invalidConfiguration, "the heartbeat interval of \(what) is \(interval); 100 ms to 1 day are accepted")
        }
    }

    /// The engine's form.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` for a bad interval, name or data.
    func makeSource() throws(RealtimeError) -> HeartbeatSource {
        switch self.kind {
        case .disabled:
            return Self.noSource
        case .comment(let text):
            try Self.validate(self.interval, of: "the plugin")
            let message = WireMessage.sseComment(text)
            return HeartbeatSource(interval: TimeAmount(self.interval)) { message }
        case .event(let name, let data):
            try Self.validate(self.interval, of: "the plugin")
            let sample: WireMessage
            do {
                sample = try .sse(SSEEvent(event: name, data: data()))
            } catch {
                throw RealtimeError(.invalidConfiguration, "the heartbeat event '\(name)' cannot be encoded: \(error)")
            }
            // What could be encoded once can be again; the sample stands in should the data change its mind.
            return HeartbeatSource(interval: TimeAmount(self.interval)) {
                (try? .sse(SSEEvent(event: name, data: data()))) ?? sample
            }
        }
    }

    /// The source of ``disabled``. A channel may still ask for heartbeats: those are comments.
    static let noSource = HeartbeatSource(interval: nil) { .sseComment("heartbeat") }

    /// The source of ``default``, which has nothing that could be wrong.
    static let defaultSource = HeartbeatSource(interval: .seconds(30)) {
        WireMessage.chunk(capacity: 64) { buffer in
            buffer.writeString("event: ping\ndata: {\"ts\":\"\(SSEHeartbeat.timestamp())\"}\n\n")
        }
    }

    private static func timestamp() -> String {
        Date.now.formatted(.iso8601.year().month().day().timeZone(separator: .omitted).time(includingFractionalSeconds: true))
    }
}
