//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// How many connections a manager has, in all and by channel.
public struct SSEStats: Codable, Hashable, Sendable {
    /// All connections.
    public let connections: Int
    /// The subscribers of each channel that has any.
    public let channels: [String: Int]
}
