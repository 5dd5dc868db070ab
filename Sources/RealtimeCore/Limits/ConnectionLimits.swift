//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// How many connections may be open, and how fast they may come. Nothing is limited by default.
///
/// A connection beyond a limit is refused before it is opened; open ones are never closed for it.
public struct ConnectionLimits: Hashable, Sendable {
    /// The most connections that may be open; at least 1. `nil`, the default, is unlimited.
    public var total: Int?
    /// The most connections that may be open for one user; at least 1. `nil`, the default, is unlimited. Connections without a user are not
    /// counted here.
    public var perUser: Int?
    /// The most connections that may be open for one client address; at least 1. `nil`, the default, is unlimited.
    ///
    /// Clients behind one router or proxy share an address. Connections without an IP address (Unix domain sockets) are not counted here.
    public var perAddress: Int?
    /// The most new connections a second, over time; 0.001 to 1,000,000. `nil`, the default, is unlimited.
    public var handshakesPerSecond: Double?
    /// The most new connections at once after a quiet time; 1 to 1,000,000. `nil`, the default, is as many as ``handshakesPerSecond`` lets
    /// through in a second, and at least 1. It means nothing without ``handshakesPerSecond``.
    public var handshakeBurst: Int?
    /// How many leading bits of an IPv6 address count; 1 to 128. Addresses that share them count as one. 64 by default, because a network
    /// gives each customer at least so many addresses (RFC 6177 §2).
    public var ipv6PrefixLength: Int

    /// Makes limits; values out of range are refused by the manager that is given them.
    public init(
        total: Int? = nil,
        perUser: Int? = nil,
        perAddress: Int? = nil,
        handshakesPerSecond: Double? = nil,
        handshakeBurst: Int? = nil,
        ipv6PrefixLength: Int = 64
    ) {
        self.total = total
        self.perUser = perUser
        self.perAddress = perAddress
        self.handshakesPerSecond = handshakesPerSecond
        self.handshakeBurst = handshakeBurst
        self.ipv6PrefixLength = ipv6PrefixLength
    }

    /// Whether nothing is limited, so that nothing needs to be counted.
    package var isUnlimited: Bool {
        self.total == nil && self.perUser == nil && self.perAddress == nil && self.handshakesPerSecond == nil
    }

    /// What the rate of handshakes is measured with; `nil` when it is unlimited.
    package var bucket: TokenBucket? {
        guard let rate = self.handshakesPerSecond else { return nil }
        return TokenBucket(rate: rate, burst: self.handshakeBurst ?? Int(exactly: rate.rounded(.down)) ?? 1)
    }

    package func validate() throws(RealtimeError) {
        try Self.validate(self.total, "total")
        try Self.validate(self.perUser, "perUser")
        try Self.validate(self.perAddress, "perAddress")
        if let rate = self.handshakesPerSecond, !(0.001...1_000_000).contains(rate) {
            throw RealtimeError(.invalidConfiguration, "limits.handshakesPerSecond is \(rate); 0.001 to 1000000 are accepted, nil is unlimited")
        }
        if let burst = self.handshakeBurst, !(1...1_000_000).contains(burst) {
            throw RealtimeError(.invalidConfiguration, "limits.handshakeBurst is \(burst); 1 to 1000000 are accepted, nil is a second's worth")
        }
        guard (1...128).contains(self.ipv6PrefixLength) else {
            throw RealtimeError(.invalidConfiguration, "limits.ipv6PrefixLength is \(self.ipv6PrefixLength); 1 to 128 are accepted")
        }
    }

    private static func validate(_ limit: Int?, _ name: String) throws(RealtimeError) {
        guard let limit, limit < 1 else { return }
        throw RealtimeError(.invalidConfiguration, "limits.\(name) is \(limit); at least 1 is accepted, nil is unlimited")
    }
}
