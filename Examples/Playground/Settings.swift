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
    /// Alice's key for `x-api-key`.
    let apiKey: APIKey
    /// What tokens are signed with.
    let jwtSecret: String
    /// The id of a session of alice's that exists from the start.
    let session: String?
    let heartbeat: Duration
    /// How long a WebSocket's client may take to answer a heartbeat.
    let heartbeatTimeout: Duration
    let retry: Int?
    let headerTimeout: Duration
    let maxNameLength: Int
    /// The longest message on `/ws`, in bytes.
    let maxMessageBytes: Int
    let maxRooms: Int
    /// The bytes that may wait for all clients together; `nil` for the library's own default.
    let outboxBudget: Int?
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
        self.apiKey = try reader.apiKey("PLAYGROUND_API_KEY")
        self.jwtSecret = try reader.secret("PLAYGROUND_JWT_SECRET") ?? "\(ConnectionID())\(ConnectionID())"
        self.session = try reader.session("PLAYGROUND_SESSION")
        self.heartbeat = .seconds(try reader.number("PLAYGROUND_HEARTBEAT", in: 1...86_400) ?? 30)
        self.heartbeatTimeout = .seconds(try reader.number("PLAYGROUND_HEARTBEAT_TIMEOUT", in: 1...86_400) ?? 10)
        self.retry = try reader.number("PLAYGROUND_RETRY", in: 0...86_400_000)
        self.headerTimeout = .seconds(try reader.number("PLAYGROUND_HEADER_TIMEOUT", in: 1...3600) ?? 10)
        self.maxNameLength = try reader.number("PLAYGROUND_MAX_NAME", in: 1...TopicName.maxLength) ?? TopicName.maxLength
        self.maxMessageBytes = try reader.number("PLAYGROUND_WS_MAX", in: 1...(1 << 30)) ?? 1 << 20
        self.maxRooms = try reader.number("PLAYGROUND_MAX_ROOMS", in: 1...1_000_000) ?? 100
        self.outboxBudget = try reader.number("PLAYGROUND_OUTBOX_BUDGET_MIB", in: 1...(1 << 20)).map { $0 << 20 }
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

        /// A given key, or one that is made up.
        func apiKey(_ name: String) throws(Problem) -> APIKey {
            let text = self.environment[name] ?? ""
            guard let key = APIKey(text.isEmpty ? "rtk_demo_\(ConnectionID())" : text) else {
                throw Problem(
                    message: "\(name) is not a key; accepted is rtk_<id>_<secret>, an id of 1 to 32 and a secret of at least 32 letters and digits"
                )
            }
            return key
        }

        func secret(_ name: String) throws(Problem) -> String? {
            guard let secret = self.environment[name], !secret.isEmpty else { return nil }
            guard secret.utf8.count >= 32 else {
                throw Problem(message: "\(name) has \(secret.utf8.count) bytes; at least 32 are accepted")
            }
            return secret
        }

        func session(_ name: String) throws(Problem) -> String? {
            guard let id = self.environment[name], !id.isEmpty else { return nil }
            guard (20...128).contains(id.utf8.count), id.wholeMatch(of: /[A-Za-z0-9_-]+/) != nil else {
                throw Problem(message: "\(name) is not a session's id; 20 to 128 letters, digits, '-' and '_' are accepted")
            }
            return id
        }
    }
}
