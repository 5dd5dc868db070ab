//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// The fields of a query, of those names that are asked for.
struct FormFields {
    /// All fields, in order.
    private(set) var all: [(name: String, value: String)] = []

    /// Reads `application/x-www-form-urlencoded` text (WHATWG URL §5.1). Names are compared as they stand; other fields are not looked at.
    ///
    /// - Throws: ``RealtimeError`` for a value that is not percent-encoded UTF-8.
    init(_ text: String, names: Set<String>) throws(RealtimeError) {
        // By bytes: a sign and a combining letter behind it would be one character.
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            guard names.contains(String(Substring(name))) else { continue }
            guard let value = Self.decode(Substring(pair[name.endIndex...].dropFirst())) else {
                // Not the value itself: it may be a key.
                throw RealtimeError(.invalidName, "'\(Substring(name))' in the query is not percent-encoded UTF-8")
            }
            self.all.append((String(Substring(name)), value))
        }
    }

    /// The first value of a name.
    subscript(name: String) -> String? {
        get { self.all.first { $0.name == name }?.value }
        set {
            self.all.removeAll { $0.name == name }
            if let newValue { self.all.append((name, newValue)) }
        }
    }

    /// Decodes `application/x-www-form-urlencoded` text (WHATWG URL §5.1), except that a malformed escape or UTF-8 gives `nil`.
    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var source = text.utf8.makeIterator()
        while let byte = source.next() {
            switch byte {
            case UInt8(ascii: "+"):
                bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = source.next()?.hexDigit, let low = source.next()?.hexDigit else { return nil }
                bytes.append(high << 4 | low)
            default:
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension StringProtocol {
    /// The beginning of a text that came from outside, fit for an error message.
    func printable(upTo count: Int) -> String {
        String(String.UnicodeScalarView(self.unicodeScalars.prefix(count).map { $0.properties.generalCategory == .control ? "\u{fffd}" : $0 }))
    }
}
