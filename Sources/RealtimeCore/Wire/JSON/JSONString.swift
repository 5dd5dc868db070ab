//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Strings of JSON texts (RFC 8259 §7): what their escapes mean.
package enum JSONString {
    /// The text of a value that ``JSONScanner`` has found; `nil` when it is no string, or one with half a surrogate pair, which UTF-8 cannot
    /// hold.
    package static func decode(_ value: Range<Int>, in bytes: UnsafeRawBufferPointer) -> String? {
        guard let content = Self.content(of: value, in: bytes) else { return nil }
        let raw = UnsafeRawBufferPointer(rebasing: bytes[content])
        guard raw.contains(UInt8(ascii: "\\")) else {
            return String(decoding: raw, as: UTF8.self)
        }
        // What is decoded is never longer than what stands for it.
        var utf8: [UInt8] = []
        utf8.reserveCapacity(raw.count)
        var index = 0
        while true {
            let end = Self.plainEnd(in: raw, from: index)
            utf8.append(contentsOf: raw[index..<end])
            if end == raw.count { return String(decoding: utf8, as: UTF8.self) }
            index = end
            guard let scalar = Self.unescape(in: raw, at: &index) else { return nil }
            utf8.append(contentsOf: scalar.utf8)
        }
    }

    /// Whether a value that ``JSONScanner`` has found is a string with this text, however it is written there. The text is ASCII without backslashes.
    package static func equals(_ text: StaticString, _ value: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Bool {
        // Escapes make it longer only.
        let count = text.utf8CodeUnitCount
        guard value.count >= count + 2, let content = Self.content(of: value, in: bytes) else { return false }
        var index = content.lowerBound
        for offset in 0..<count {
            guard index < content.upperBound else { return false }
            let expected = text.utf8Start[offset]
            if bytes[index] == expected {
                index += 1
            } else {
                guard Self.unescape(in: bytes, at: &index)?.value == UInt32(expected) else { return false }
            }
        }
        return index == content.upperBound
    }

    /// The first position from `start` on whose byte cannot stand for itself in a string: a quotation mark, a backslash or a control
    /// character. The number of bytes when there is none.
    static func plainEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        // Eight bytes at a time. A byte's highest bit in `found` says that it is one of those; above the first such byte it may say so
        // wrongly, because subtractions borrow from there.
        while bytes.count - index >= 8 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quotes = word ^ Self.repeated(UInt8(ascii: "\""))
            let backslashes = word ^ Self.repeated(UInt8(ascii: "\\"))
            let zeros = ((quotes &- Self.repeated(1)) & ~quotes) | ((backslashes &- Self.repeated(1)) & ~backslashes)
            let controls = (word &- Self.repeated(0x20)) & ~word
            let found = (zeros | controls) & Self.repeated(0x80)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            index += 1
        }
        return index
    }

    /// The value of a hexadecimal digit.
    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func repeated(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    /// What is between the quotation marks, if the value is a string.
    private static func content(of value: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        guard value.count >= 2, bytes[value.lowerBound] == UInt8(ascii: "\"") else { return nil }
        return (value.lowerBound + 1)..<(value.upperBound - 1)
    }

    /// Reads an escape, the second one too when two stand for one character. `nil` for half a pair.
    private static func unescape(in bytes: UnsafeRawBufferPointer, at index: inout Int) -> Unicode.Scalar? {
        guard Self.byte(at: index, in: bytes) == UInt8(ascii: "\\") else { return nil }
        let letter = Self.byte(at: index + 1, in: bytes)
        guard letter == UInt8(ascii: "u") else {
            index += 2
            switch letter {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{c}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            default: return nil
            }
        }
        guard let first = Self.codeUnit(at: &index, in: bytes) else { return nil }
        guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
        guard let second = Self.codeUnit(at: &index, in: bytes), UTF16.isTrailSurrogate(second) else { return nil }
        return Unicode.Scalar(0x10000 + (UInt32(first - 0xd800) << 10) + UInt32(second - 0xdc00))
    }

    /// Reads the six bytes of `\uXXXX`.
    private static func codeUnit(at index: inout Int, in bytes: UnsafeRawBufferPointer) -> UInt16? {
        guard Self.byte(at: index, in: bytes) == UInt8(ascii: "\\"), Self.byte(at: index + 1, in: bytes) == UInt8(ascii: "u") else { return nil }
        var unit: UInt16 = 0
        for position in (index + 2)..<(index + 6) {
            guard let digit = Self.hexDigit(Self.byte(at: position, in: bytes)) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        index += 6
        return unit
    }

    private static func byte(at index: Int, in bytes: UnsafeRawBufferPointer) -> UInt8 {
        index < bytes.count ? bytes[index] : 0
    }
}
