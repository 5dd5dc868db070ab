//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes

extension SSEChannel {
    /// The settings of a channel.
    public struct Options: Sendable {
        /// What an idle stream carries; a comment every 30 s by default.
        public var heartbeat: SSEHeartbeat = .comment()
        /// The most clients at a time, at least 1; `nil`, the default, is unlimited. More are refused with 503 and `Retry-After: 30`.
        public var maxClients: Int?
        /// More response headers; they win over those of event streams.
        public var headers: HTTPFields = [:]
        /// The reconnection time sent at the beginning, in milliseconds; none by default.
        public var retry: Int?
        /// How long `onConnect` and `onDisconnect` may take; 10 s by default, 1 ms to 1 hour.
        public var hookTimeout: Duration = .seconds(10)

        /// Makes options.
        public init(heartbeat: SSEHeartbeat = .comment(), maxClients: Int? = nil, headers: HTTPFields = [:], retry: Int? = nil) {
            self.heartbeat = heartbeat
            self.maxClients = maxClients
            self.headers = headers
            self.retry = retry
        }

        func validate() throws(RealtimeError) {
            try SSEConfiguration.validate(retry: self.retry)
            try HookRunner.validate(timeout: self.hookTimeout)
            if let maxClients, maxClients < 1 {
                throw RealtimeError(.invalidConfiguration, "maxClients is \(maxClients); at least 1 is accepted, nil is unlimited")
            }
        }
    }

    /// What happens when a client comes under a name that is in use.
    public struct DuplicatePolicy: Hashable, Sendable {
        /// The older connection is ended. The default.
        public static let replace = DuplicatePolicy(replaces: true)
        /// The newer one is refused with 409.
        public static let reject = DuplicatePolicy(replaces: false)

        let replaces: Bool
    }
}
