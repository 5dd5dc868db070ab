//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What happens to a connection whose client reads more slowly than messages come.
public struct OverflowPolicy: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: String {
        case disconnect
        case dropOldest
        case dropNewest
    }

    /// The connection is closed; the client comes back and starts afresh. No message is lost unnoticed. The default.
    public static let disconnect = OverflowPolicy(.disconnect)
    /// The messages that have waited longest are dropped, whole, and counted. For streams where only the latest state matters.
    public static let dropOldest = OverflowPolicy(.dropOldest)
    /// New messages are dropped, whole, and counted, until the client has caught up.
    public static let dropNewest = OverflowPolicy(.dropNewest)

    private let kind: Kind

    private init(_ kind: Kind) {
        self.kind = kind
    }

    /// The policy's name.
    public var description: String { self.kind.rawValue }
}

/// How much may wait for a connection that reads slowly, and what happens beyond. ``OutboxBudget`` limits what waits for all together.
public struct OutboxLimits: Hashable, Sendable {
    /// The bytes that may wait for one connection before the policy applies; 1 MiB by default, at least 1.
    ///
    /// What the kernel and the one write under way hold is not counted, and the limit decides on what waited before a message: a single
    /// message of any size goes out when nothing else waits.
    public var maxBytes: Int
    /// How long the oldest unsent byte may wait before the connection is closed, whatever the policy; 10 s by default, at least 1 s.
    public var maxAge: Duration
    /// What happens to a message when ``maxBytes`` are waiting.
    public var overflow: OverflowPolicy

    /// Makes limits; values out of range are refused by the manager that is given them.
    public init(maxBytes: Int = 1 << 20, maxAge: Duration = .seconds(10), overflow: OverflowPolicy = .disconnect) {
        self.maxBytes = maxBytes
        self.maxAge = maxAge
        self.overflow = overflow
    }

    package func validate() throws(RealtimeError) {
        guard self.maxBytes >= 1 else {
            throw RealtimeError(.invalidConfiguration, "outbox.maxBytes is \(self.maxBytes); at least 1 byte is accepted")
        }
        guard self.maxAge >= .seconds(1), self.maxAge <= .seconds(86_400) else {
            throw RealtimeError(.invalidConfiguration, "outbox.maxAge is \(self.maxAge); 1 second to 1 day are accepted")
        }
    }
}
