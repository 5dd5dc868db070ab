//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// How many channels and clients a ``ChannelManager`` has.
public struct ChannelManagerStats: Codable, Hashable, Sendable {
    /// One channel.
    public struct Channel: Codable, Hashable, Sendable {
        /// Its name.
        public let name: String
        /// How many clients it has.
        public let clientCount: Int
        /// Whether it takes no more.
        public let isFull: Bool
    }

    /// How many channels there are, those without clients included.
    public let channels: Int
    /// How many clients they have together.
    public let totalClients: Int
    /// Each channel, in alphabetical order.
    public let channelStats: [Channel]
}
