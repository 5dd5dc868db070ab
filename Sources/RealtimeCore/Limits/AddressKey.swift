//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What connections are counted under: an IPv4 address, or the leading bits of an IPv6 address, of which a client has more than anyone could
/// count.
package struct AddressKey: Hashable, Sendable, CustomStringConvertible {
    private let address: IPAddress

    /// - Parameter ipv6PrefixLength: how many bits of an IPv6 address count. An IPv4 address always counts whole.
    package init(_ address: IPAddress, ipv6PrefixLength: Int) {
        self.address = address.isIPv4 ? address : address.prefix(ipv6PrefixLength)
    }

    /// The first address with these bits.
    package var description: String { self.address.description }
}
