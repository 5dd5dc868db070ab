//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Logging
import RealtimeKit

/// What the environment says. Everything has a default; a bad value ends the start.
struct Settings: Sendable {
    /// Says which variable is wrong and what it accepts.
    struct Problem: Error {
        let message: String
    }

    let host: String
    let port: Int
    let logLevel: Logger.Level
    /// The key that is accepted in `x-api-key`.
    let apiKey: String
    /// The token that is accepted as a bearer of alice's.
    let bearerToken: String
    let heartbeat: Duration
    /// How long a WebSocket's client may take to answer a heartbeat.
    let heartbeatTimeout: Duration
    let retry: Int?
    let headerTimeout: Duration
    let maxNameLength: Int
    /// The longest message on `/ws`, in bytes.
    let maxMessageBytes: Int
    let maxRooms: Int
    /// Origins whose pages may read streams with credentials and open WebSockets. When there are none, everyone's may read without credentials,
    /// and only our own may open WebSockets.
    let origins: [String]

    init(_ environment: [String: String]) throws(Problem) {
        let reader = Reader(environment: environment)
        self.host = environment["HOST"] ?? "127.0.0.1"
        self.port = try reader.number("PORT", in: 0...65_535) ?? 8080
        guard let logLevel = Logger.Level(rawValue: environment["LOG_LEVEL"] ?? "info") else {
            throw Problem(
                message: "LOG_LEVEL is '\(environment["LOG_LEVEL"] ?? "")'; accepted are trace, debug, info, notice, warning, error, critical"
            )
        }
        self.logLevel = logLevel
        self.apiKey = try reader.apiKey("PLAYGROUND_API_KEY") ?? "rtk_demo_\(ConnectionID())"
        self.bearerToken = "demo-\(ConnectionID())"
        self.heartbeat = .seconds(try reader.number("PLAYGROUND_HEARTBEAT", in: 1...86_400) ?? 30)
        self.heartbeatTimeout = .seconds(try reader.number("PLAYGROUND_HEARTBEAT_TIMEOUT", in: 1...86_400) ?? 10)
        self.retry = try reader.number("PLAYGROUND_RETRY", in: 0...86_400_000)
        self.headerTimeout = .seconds(try reader.number("PLAYGROUND_HEADER_TIMEOUT", in: 1...3600) ?? 10)
        self.maxNameLength = try reader.number("PLAYGROUND_MAX_NAME", in: 1...TopicName.maxLength) ?? TopicName.maxLength
        self.maxMessageBytes = try reader.number("PLAYGROUND_WS_MAX", in: 1...(1 << 30)) ?? 1 << 20
        self.maxRooms = try reader.number("PLAYGROUND_MAX_ROOMS", in: 1...1_000_000) ?? 100
        self.origins = (environment["PLAYGROUND_ORIGINS"] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private struct Reader {
        let environment: [String: String]

        func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
            guard let text = self.environment[name], !text.isEmpty else { return nil }
            guard let number = Int(text), range.contains(number) else {
                throw Problem(message: "\(name) is '\(text)'; a whole number from \(range.lowerBound) to \(range.upperBound) is accepted")
            }
            return number
        }

        func apiKey(_ name: String) throws(Problem) -> String? {
            guard let key = self.environment[name], !key.isEmpty else { return nil }
            let parts = key.split(separator: "_", omittingEmptySubsequences: false)
            let isPlain: (Substring) -> Bool = { $0.utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || $0 >= 0x30 && $0 <= 0x39 } }
            guard parts.count == 3, parts[0] == "rtk", (1...32).contains(parts[1].utf8.count), parts[2].utf8.count >= 32,
                isPlain(parts[1]), isPlain(parts[2])
            else {
                throw Problem(
                    message: "\(name) is not a key; accepted is rtk_<id>_<secret>, an id of 1 to 32 and a secret of at least 32 letters and digits"
                )
            }
            return key
        }
    }
}
