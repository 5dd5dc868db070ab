//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Counts connections and decides whether one more may be. It keeps only what its limits ask for, and nothing about who has none open.
///
/// The order is: ``open(address:at:)`` at the request, ``assign(user:to:)`` once the user is known, ``close(_:)`` when the connection is gone or
/// was refused for another reason. The owner holds a lock around each.
package struct ConnectionLedger: Sendable {
    private let limits: ConnectionLimits
    private var bucket: TokenBucket?
    private var addresses: [AddressKey: Int] = [:]
    private var users: [String: Int] = [:]

    /// The connections that are open.
    package private(set) var total = 0
    /// The addresses that are being counted.
    package var addressCount: Int { self.addresses.count }
    /// The users who are being counted.
    package var userCount: Int { self.users.count }

    /// - Parameter limits: those that have been validated. Others do no harm, but what they let through is not said.
    package init(limits: ConnectionLimits) {
        self.limits = limits
        self.bucket = limits.bucket
    }

    package enum Verdict: Equatable {
        /// It may be; this is its slot from now on.
        case admitted(ConnectionSlot)
        /// It may not; nothing has been counted or taken, and an earlier slot stays as it was.
        case refused(LimitReason)
    }

    /// A connection wants to be opened. The rate is asked last, so that refused connections do not use it up.
    ///
    /// - Parameters:
    ///   - address: the client's; `nil` when it has none, and then it counts for no address.
    ///   - now: nanoseconds of a monotonic clock.
    package mutating func open(address: IPAddress?, at now: UInt64) -> Verdict {
        if let limit = self.limits.total, self.total >= limit { return .refused(.total) }
        var key: AddressKey?
        if let limit = self.limits.perAddress, let address {
            let candidate = AddressKey(address, ipv6PrefixLength: self.limits.ipv6PrefixLength)
            if self.addresses[candidate, default: 0] >= limit { return .refused(.address) }
            key = candidate
        }
        guard self.bucket?.take(at: now) ?? true else { return .refused(.rate) }
        self.total += 1
        if let key { self.addresses[key, default: 0] += 1 }
        return .admitted(ConnectionSlot(address: key, user: nil))
    }

    /// The user of an open connection is known. One that had another user before is counted for the new one only.
    package mutating func assign(user: String, to slot: ConnectionSlot) -> Verdict {
        guard let limit = self.limits.perUser, slot.user != user else { return .admitted(slot) }
        if self.users[user, default: 0] >= limit { return .refused(.user) }
        if let former = slot.user { Self.release(former, from: &self.users) }
        self.users[user, default: 0] += 1
        return .admitted(ConnectionSlot(address: slot.address, user: user))
    }

    /// An open connection is gone.
    package mutating func close(_ slot: ConnectionSlot) {
        self.total = max(self.total - 1, 0)
        if let address = slot.address { Self.release(address, from: &self.addresses) }
        if let user = slot.user { Self.release(user, from: &self.users) }
    }

    /// The nanoseconds until the rate lets another connection through; 0 when it does now.
    package func wait(at now: UInt64) -> UInt64 { self.bucket?.wait(at: now) ?? 0 }

    private static func release<Key>(_ key: Key, from counts: inout [Key: Int]) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}
