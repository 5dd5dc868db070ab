//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// An IP address in one form: an IPv4 address and the IPv6 address that it is mapped to (`::ffff:a.b.c.d`, RFC 4291 §2.5.5.2) are the same,
/// because a socket that takes both families reports the one as the other.
package struct IPAddress: Hashable, Sendable {
    /// The 128 bits of IPv6.
    package let bits: UInt128

    /// Whether it is an IPv4 address, mapped or not.
    package var isIPv4: Bool { self.bits >> 32 == 0xffff }

    /// Takes the 128 bits of an IPv6 address.
    package init(ipv6 bits: UInt128) {
        self.bits = bits
    }

    /// Takes the 32 bits of an IPv4 address.
    package init(ipv4 bits: UInt32) {
        self.bits = 0xffff << 32 | UInt128(bits)
    }

    /// Takes the bytes of an address in network order: 4 or 16; any other number gives `nil`.
    package init?(bytes: some Collection<UInt8>) {
        let bits = bytes.prefix(16).reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        switch bytes.count {
        case 4: self.init(ipv4: UInt32(truncatingIfNeeded: bits))
        case 16: self.init(ipv6: bits)
        default: return nil
        }
    }

    /// This address with only its first bits, as IPv6 counts them; the rest is zero.
    package func prefix(_ length: Int) -> IPAddress {
        IPAddress(ipv6: self.bits & (UInt128.max << (128 - min(max(length, 0), 128))))
    }
}
