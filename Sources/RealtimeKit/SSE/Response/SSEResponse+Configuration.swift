//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes

extension SSEResponse {
    /// The settings of a stream for one client.
    public struct Configuration: Sendable {
        /// What an idle stream carries; a comment every 30 s by default.
        public var heartbeat: SSEHeartbeat = .comment()
        /// The reconnection time sent at the beginning, in milliseconds; none by default.
        public var retry: Int?
        /// How long the stream may go on once the server stops; 10 s by default, up to 1 hour.
        public var shutdownGrace: Duration = .seconds(10)
        /// More response headers; they win over those of event streams.
        public var headers: HTTPFields = [:]

        /// Makes the default settings.
        public init() {}

        func validate() throws(RealtimeError) {
            try SSEConfiguration.validate(retry: self.retry)
            guard self.shutdownGrace >= .zero, self.shutdownGrace <= .seconds(3600) else {
                throw RealtimeError(.invalidConfiguration, "shutdownGrace is \(self.shutdownGrace); 0 to 1 hour are accepted")
            }
        }
    }
}
