//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes

/// Decides whether a connection may subscribe to a channel; `parameters` is what the pattern matched. An error denies.
public typealias SSEAuthorizer = @Sendable (SSESubscribeInfo<any Sendable>, TopicParameters) async throws -> any AccessResult

/// What holds for the channels of a pattern.
public struct SSEChannelOptions: Sendable {
    /// Decides about each subscription; without it everyone may subscribe.
    public var authorize: SSEAuthorizer?
    /// The longest time between two heartbeats for connections with such a channel, 100 ms to 1 day; `nil` leaves it to the plugin. A
    /// connection's interval is the shortest of the plugin's and its granted channels'.
    public var heartbeat: Duration?
    /// More response headers for streams that ask for such a channel and get it.
    public var headers: HTTPFields

    /// Makes options.
    public init(authorize: SSEAuthorizer? = nil, heartbeat: Duration? = nil, headers: HTTPFields = [:]) {
        self.authorize = authorize
        self.heartbeat = heartbeat
        self.headers = headers
    }

    func validate() throws(RealtimeError) {
        if let heartbeat { try SSEHeartbeat.validate(heartbeat, of: "a channel") }
    }
}
