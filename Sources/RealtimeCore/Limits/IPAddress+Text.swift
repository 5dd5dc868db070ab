//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

extension IPAddress {
    /// Reads an address from text: four decimal numbers for IPv4, any form of RFC 4291 §2.2 for IPv6. All else gives `nil`: names, ports,
    /// zones (`%eth0`), brackets, spaces, leading zeros in IPv4 (some read them as octal), and fewer than four numbers.
    package init?(_ text: some StringProtocol) {
        // No address is longer than eight groups whose last two are written as IPv4.
        guard text.utf8.count <= 45 else { return nil }
        let bytes = Array(text.utf8)[...]
        if bytes.contains(UInt8(ascii: ":")) {
            guard let bits = Self.ipv6(bytes) else { return nil }
            self.init(ipv6: bits)
        } else {
            guard let bits = Self.ipv4(bytes) else { return nil }
            self.init(ipv4: bits)
        }
    }

    private static func ipv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var value: UInt32 = 0
            for byte in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + UInt32(byte - UInt8(ascii: "0"))
            }
            guard value <= 255 else { return nil }
            bits = bits << 8 | value
        }
        return bits
    }

    private static func ipv6(_ text: ArraySlice<UInt8>) -> UInt128? {
        let colon = UInt8(ascii: ":")
        guard let gap = text.indices.dropLast().first(where: { text[$0] == colon && text[$0 + 1] == colon }) else {
            guard let groups = Self.groups(text, mayEndInIPv4: true), groups.count == 8 else { return nil }
            return Self.bits(groups)
        }
        // The two colons stand for one group of zeros or more.
        guard let head = Self.groups(text[..<gap], mayEndInIPv4: false), let tail = Self.groups(text[(gap + 2)...], mayEndInIPv4: true),
            head.count + tail.count <= 7
        else { return nil }
        return Self.bits(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    private static func bits(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func groups(_ text: ArraySlice<UInt8>, mayEndInIPv4: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let bits = Self.ipv4(part) else { return nil }
                groups += [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard let group = Self.group(part) else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func group(_ text: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(text.count) else { return nil }
        var value: UInt16 = 0
        for byte in text {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address as RFC 5952 writes it; four decimal numbers for IPv4.
    package var description: String {
        if self.isIPv4 { return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: self.bits >> $0)) }.joined(separator: ".") }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: self.bits >> (112 - 16 * $0)) }
        // The longest run of two zeros or more is left out; of equal ones the first.
        var longest = 0..<1
        var run = 0..<0
        for (index, group) in groups.enumerated() {
            run = group == 0 ? run.lowerBound..<(index + 1) : (index + 1)..<(index + 1)
            if run.count > longest.count { longest = run }
        }
        let digits = groups.map { String($0, radix: 16) }
        if longest.count < 2 { return digits.joined(separator: ":") }
        return digits[..<longest.lowerBound].joined(separator: ":") + "::" + digits[longest.upperBound...].joined(separator: ":")
    }
}
