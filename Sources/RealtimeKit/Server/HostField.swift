//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The value of `Host` (RFC 9110 §7.2): a host, with a port if need be.
enum HostField {
    /// Whether a request has exactly one, and a valid one. One that is empty stands for a target without an authority.
    static func isValid(_ values: [String]) -> Bool {
        guard values.count == 1, let value = values.first else { return false }
        var rest = value.utf8[...]
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")), rest[..<end].dropFirst().allSatisfy({ Self.isPartOfAddress($0) }) else {
                return false
            }
            rest = rest[rest.index(after: end)...]
        } else {
            rest = rest.drop { Self.isPartOfName($0) }
        }
        guard !rest.isEmpty else { return true }
        guard rest.first == UInt8(ascii: ":") else { return false }
        return rest.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// RFC 3986 §3.2.2: `unreserved`, `sub-delims` and percent-encoding.
    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: Self.signs.contains(byte)
        }
    }

    private static func isPartOfAddress(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ":") || self.isPartOfName(byte) }

    private static let signs = Set("-._~!$&'()*+,;=%".utf8)
}
