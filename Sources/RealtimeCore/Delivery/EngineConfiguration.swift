//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What one manager's engine may use and how it ends.
public struct EngineConfiguration: Hashable, Sendable {
    /// What may wait for one connection; see ``OutboxLimits``.
    public var outbox: OutboxLimits
    /// The bytes of messages that may wait in front of one event loop before a broadcast is refused there; 64 MiB by default, at least
    /// 64 KiB. A refused broadcast is logged, counted, and missing from the number that the call returns.
    public var maxMailboxBytes: Int
    /// How long a shutdown may take; 10 s by default, up to 1 hour. Connections are ended over 80 % of it, so that not all clients come back
    /// at once.
    public var drainGrace: Duration
    /// Whether plain HTTP/1.1 sockets are written past NIO while it has nothing pending (Linux only); on by default.
    public var directSocketWrites: Bool
    /// Messages of fewer bytes are not compressed for WebSockets that have agreed to compression; 256 by default, 0 to 1 GiB.
    public var compressionThreshold: Int

    /// Makes a configuration; values out of range are refused by the manager that is given it.
    public init(
        outbox: OutboxLimits = .init(),
        maxMailboxBytes: Int = 64 << 20,
        drainGrace: Duration = .seconds(10),
        directSocketWrites: Bool = true,
        compressionThreshold: Int = 256
    ) {
        self.outbox = outbox
        self.maxMailboxBytes = maxMailboxBytes
        self.drainGrace = drainGrace
        self.directSocketWrites = directSocketWrites
        self.compressionThreshold = compressionThreshold
    }

    package func validate() throws(RealtimeError) {
        try self.outbox.validate()
        guard self.maxMailboxBytes >= 64 << 10 else {
            throw RealtimeError(.invalidConfiguration, "maxMailboxBytes is \(self.maxMailboxBytes); at least 65536 bytes are accepted")
        }
        guard self.drainGrace >= .zero, self.drainGrace <= .seconds(3600) else {
            throw RealtimeError(.invalidConfiguration, "drainGrace is \(self.drainGrace); 0 to 1 hour are accepted")
        }
        guard (0...(1 << 30)).contains(self.compressionThreshold) else {
            throw RealtimeError(.invalidConfiguration, "compressionThreshold is \(self.compressionThreshold); 0 bytes to 1 GiB are accepted")
        }
    }
}
