//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// How many connections a manager has, in all and by room.
public struct WSStats: Codable, Hashable, Sendable {
    /// All connections.
    public let connections: Int
    /// The members of each room that has any.
    public let rooms: [String: Int]
    /// Whether heartbeats are sent.
    public let heartbeatActive: Bool
}
