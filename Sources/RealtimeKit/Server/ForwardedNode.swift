//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// How a proxy writes who sent it a request (RFC 7239 §6).
enum ForwardedNode {
    /// The address in `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`; `nil` for all else.
    static func address(of text: Substring) -> IPAddress? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<end]
            guard host.contains(":"), Self.isPort(text[text.index(after: end)...]) else { return nil }
            return IPAddress(host)
        }
        // With two colons or more it is an IPv6 address, which cannot have a port without brackets.
        guard let colon = text.firstIndex(of: ":"), !text[text.index(after: colon)...].contains(":") else { return IPAddress(text) }
        guard Self.isPort(text[colon...]) else { return nil }
        return IPAddress(text[..<colon])
    }

    /// Whether text is nothing, or a colon and a port: a number, or an obfuscated one such as `_http`.
    private static func isPort(_ text: Substring) -> Bool {
        if text.isEmpty { return true }
        guard text.first == ":" else { return false }
        let port = text.dropFirst()
        if port.first == "_" { return port.utf8.count > 1 && port.utf8.allSatisfy { Self.isObfuscated($0) } }
        guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy({ Self.isDigit($0) }) else { return false }
        return UInt16(port) != nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isObfuscated(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Text without the spaces and tabs around it.
    static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
