//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Whose word is taken for the client's address, and for the scheme and host that it asked for. Nobody's by default: then all three are those
/// of the connection itself.
///
/// A header is only as good as the one who wrote it, and a client can write any. So believe only a proxy that every request comes through, and
/// only headers that it sets itself, whatever the client sent: of the other kind it passes on what it was given. That is why one kind of header
/// is believed and never both. A client whose own address is in the ranges is believed too.
public struct TrustedProxies: Hashable, Sendable {
    /// The kind of header that is believed.
    public struct Header: Hashable, Sendable, CustomStringConvertible {
        /// `X-Forwarded-For`, to which each proxy appends its peer, with `X-Forwarded-Proto` and `X-Forwarded-Host`, which the last proxy sets.
        /// The default.
        public static let xForwardedFor = Header(description: "x-forwarded-for")
        /// `Forwarded` (RFC 7239 §4), to which each proxy appends an element.
        public static let forwarded = Header(description: "forwarded")

        /// The name of the header.
        public let description: String
    }

    /// Nobody; the default.
    public static let none = TrustedProxies([])
    /// Proxies on this machine that connect over TCP; see ``AddressRange/loopback``.
    public static let loopback = TrustedProxies(AddressRange.loopback)

    /// The addresses of the proxies.
    public var ranges: [AddressRange]
    /// The kind of header that they set; ``Header/xForwardedFor`` by default. The other kind is not looked at.
    public var header: Header
    /// Whether a peer on a Unix domain socket counts as a proxy; off by default.
    public var trustsUnixSockets: Bool

    /// Trusts the proxies in these ranges.
    ///
    /// - Parameters:
    ///   - ranges: the addresses of the proxies. All of a chain, or the client is taken to be the first that is missing.
    ///   - header: the kind of header that they set.
    ///   - trustsUnixSockets: whether a peer on a Unix domain socket counts as a proxy.
    public init(_ ranges: [AddressRange], header: Header = .xForwardedFor, trustsUnixSockets: Bool = false) {
        self.ranges = ranges
        self.header = header
        self.trustsUnixSockets = trustsUnixSockets
    }

    /// Whether nobody is trusted.
    package var isEmpty: Bool { self.ranges.isEmpty && !self.trustsUnixSockets }

    package func contains(_ address: IPAddress) -> Bool {
        self.ranges.contains { $0.contains(address) }
    }

    package func contains(_ peer: Peer) -> Bool {
        switch peer {
        case .address(let address): self.contains(address)
        case .unixSocket: self.trustsUnixSockets
        case .unknown: false
        }
    }
}
