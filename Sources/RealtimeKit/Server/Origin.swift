//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// Where a page comes from (RFC 6454 §4), in one form: scheme, host in lower case, port.
package struct Origin: Hashable, Sendable {
    /// The schemes that pages are served with.
    package enum Scheme: String, CaseIterable, Sendable {
        case http
        case https

        /// The port that need not be written.
        package var defaultPort: UInt16 {
            switch self {
            case .http: 80
            case .https: 443
            }
        }

        /// Reads the scheme that a proxy reports, in any case. Some report that of the WebSocket.
        package init?(forwarded text: some StringProtocol) {
            switch text.lowercased() {
            case "http", "ws": self = .http
            case "https", "wss": self = .https
            default: return nil
            }
        }
    }

    package let scheme: Scheme
    private let host: String
    private let port: UInt16

    /// Reads an origin as a browser sends it: `https://example.com`, with a port if it is not the usual one. Case does not matter, and the
    /// usual port may be written. All else gives `nil`: `null`, a path, even `/`, a user, several origins.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: text[..<colon].lowercased()) else { return nil }
        let rest = text[colon...]
        guard rest.hasPrefix("://") else { return nil }
        self.init(scheme: scheme, authority: rest.dropFirst(3))
    }

    /// Puts an origin together from a scheme and what `Host` holds: a host, with a port if it is not the usual one.
    package init?(scheme: Scheme, authority: some StringProtocol) {
        // A colon inside of square brackets is part of an IPv6 address.
        let end = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[end...].firstIndex(of: ":")
        guard let host = Self.host(authority[..<(colon ?? authority.endIndex)]) else { return nil }
        self.scheme = scheme
        self.host = host
        if let colon {
            guard let port = Self.port(authority[authority.index(after: colon)...]) else { return nil }
            self.port = port
        } else {
            self.port = scheme.defaultPort
        }
    }

    /// A name of letters, digits, `-`, `.` and `_`, an IPv4 address, or an IPv6 address in square brackets. A browser writes other names in
    /// Punycode.
    private static func host(_ text: some StringProtocol) -> String? {
        if text.first == "[" {
            guard text.last == "]", text.contains(":"), let address = IPAddress(text.dropFirst().dropLast()) else { return nil }
            return "[\(address)]"
        }
        guard !text.isEmpty, text.utf8.allSatisfy({ Self.isPartOfName($0) }) else { return nil }
        return text.lowercased()
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func port(_ text: some StringProtocol) -> UInt16? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text.first != "0"
        else { return nil }
        return UInt16(text)
    }
}

extension Origin: CustomStringConvertible {
    /// The origin as a browser sends it (RFC 6454 §6.2).
    package var description: String {
        "\(self.scheme.rawValue)://\(self.host)" + (self.port == self.scheme.defaultPort ? "" : ":\(self.port)")
    }
}
