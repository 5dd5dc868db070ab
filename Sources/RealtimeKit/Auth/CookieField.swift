//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Reads `Cookie` (RFC 6265 §4.2.1).
package enum CookieField {
    /// The values of all cookies of a name, in order. Names are compared as they are written; quotes around a value are not part of it.
    ///
    /// - Parameter fields: the field's values; HTTP/2 sends each cookie in one of its own (RFC 9113 §8.2.3).
    package static func values(of name: String, in fields: [String]) -> [String] {
        fields.flatMap { $0.utf8.split(separator: UInt8(ascii: ";")) }.compactMap { pair in
            guard let sign = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            guard Self.trimmed(pair[..<sign]).elementsEqual(name.utf8) else { return nil }
            var value = Self.trimmed(pair[pair.index(after: sign)...])
            if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") { value = value.dropFirst().dropLast() }
            return String(Substring(value))
        }
    }

    /// The names of all cookies that begin with a prefix, in order.
    static func names(withPrefix prefix: String, in fields: [String]) -> [String] {
        fields.flatMap { $0.utf8.split(separator: UInt8(ascii: ";")) }.compactMap { pair in
            guard let sign = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = Self.trimmed(pair[..<sign])
            return name.starts(with: prefix.utf8) ? String(Substring(name)) : nil
        }
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text.drop(while: Self.isBlank)
        while let last = text.last, Self.isBlank(last) { text.removeLast() }
        return text
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
