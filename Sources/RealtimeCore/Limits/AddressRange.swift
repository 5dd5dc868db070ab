//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// A range of IP addresses, such as `10.0.0.0/8`, `2001:db8::/32` (RFC 4632 §3.1, RFC 4291 §2.3), or a single address.
///
/// IPv4 addresses that come as IPv6 (`::ffff:10.0.0.1`) are in the IPv4 range; no IPv6 range holds them, not even `::/0`.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    /// This machine: `127.0.0.0/8` and `::1`.
    public static let loopback = [
        AddressRange(IPAddress(ipv4: 0x7f00_0000), 8),
        AddressRange(IPAddress(ipv6: 1), 128),
    ]
    /// Private networks (RFC 1918 `10.0.0.0/8`, `172.16.0.0/12` and `192.168.0.0/16`, RFC 4193 `fc00::/7`) and link-local addresses (RFC 3927
    /// `169.254.0.0/16`, RFC 4291 §2.5.6 `fe80::/10`). ``loopback`` is not among them.
    public static let privateNetworks = [
        AddressRange(IPAddress(ipv4: 0x0a00_0000), 8),
        AddressRange(IPAddress(ipv4: 0xac10_0000), 12),
        AddressRange(IPAddress(ipv4: 0xc0a8_0000), 16),
        AddressRange(IPAddress(ipv6: 0xfc << 120), 7),
        AddressRange(IPAddress(ipv4: 0xa9fe_0000), 16),
        AddressRange(IPAddress(ipv6: 0xfe80 << 112), 10),
    ]

    private let base: IPAddress
    /// As IPv6 counts them: 96 more than is written for IPv4.
    private let prefixLength: Int

    /// - Parameter length: the bits that its addresses share, out of 32 or 128.
    private init(_ base: IPAddress, _ length: Int) {
        self.base = base
        self.prefixLength = base.isIPv4 ? 96 + length : length
    }

    /// Reads a range.
    ///
    /// - Parameter text: an IPv4 or IPv6 address, alone or with a slash and the number of bits that count, 0 to 32 or 0 to 128. Names, zones
    ///   and shortened IPv4 addresses are not accepted, and the bits that do not count must be zero.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(_ text: String) throws(RealtimeError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(parts[0]), let length = Self.length(parts.dropFirst().first, of: base, isDotted: !parts[0].contains(":")) else {
            throw RealtimeError(
                .invalidConfiguration,
                "'\(text)' is not a range of addresses; accepted is an address or address/bits, such as 10.0.0.0/8 or 2001:db8::/32"
            )
        }
        self.base = base.prefix(length)
        self.prefixLength = length
        guard self.base == base else {
            throw RealtimeError(.invalidConfiguration, "'\(text)' has bits behind those that count; accepted is \(self)")
        }
    }

    /// The bits that count, as IPv6 counts them; `nil` for text that is no number in range. No text is the whole address.
    private static func length(_ text: Substring?, of base: IPAddress, isDotted: Bool) -> Int? {
        guard let text else { return 128 }
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text == "0" || text.first != "0", let number = Int(text)
        else { return nil }
        let length = isDotted ? 96 + number : number
        return length <= 128 ? length : nil
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == self.base.isIPv4 && address.prefix(self.prefixLength) == self.base
    }

    /// The range with its bits, such as `10.0.0.0/8`; a single address alone.
    public var description: String {
        if self.prefixLength == 128 { return self.base.description }
        return "\(self.base)/\(self.base.isIPv4 ? self.prefixLength - 96 : self.prefixLength)"
    }
}
