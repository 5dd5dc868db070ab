//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The members of a JSON object, each of which is there once.
struct JSONMembers: Sendable {
    /// The most objects and arrays inside each other: what reads the text later may call itself for each.
    private static let maxDepth = 16

    /// The object's text.
    let bytes: [UInt8]
    private let values: [String: Range<Int>]

    /// Reads a text; `nil` when it is not UTF-8 or not one object, is nested too deep, or has a member twice. Of two, one reader takes the
    /// first and another the last.
    init?(_ bytes: [UInt8]) {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var values: [String: Range<Int>] = [:]
        var isClean = true
        let object = bytes.withUnsafeBytes { text in
            try? JSONScanner.members(of: text, maxDepth: Self.maxDepth) { member in
                guard let name = JSONString.decode(member.key, in: text), values.updateValue(member.value, forKey: name) == nil else {
                    isClean = false
                    return
                }
            }
        }
        guard object != nil, isClean else { return nil }
        self.bytes = bytes
        self.values = values
    }

    /// Whether there is a member, of whatever kind.
    func has(_ name: String) -> Bool { self.values[name] != nil }

    /// A text; `nil` without the member.
    ///
    /// - Throws: `refusal` for any other kind of value.
    func text(_ name: String, else refusal: JWTRefusal) throws(JWTRefusal) -> String? {
        guard let value = self.values[name] else { return nil }
        guard let text = self.bytes.withUnsafeBytes({ JSONString.decode(value, in: $0) }) else { throw refusal }
        return text
    }

    /// A number; `nil` without the member. It may be infinite, when it is too large for a `Double`.
    ///
    /// - Throws: `refusal` for any other kind of value.
    func number(_ name: String, else refusal: JWTRefusal) throws(JWTRefusal) -> Double? {
        guard let value = self.values[name] else { return nil }
        // Texts have their quotation marks here, so none of them reads as a number.
        guard let number = Double(String(decoding: self.bytes[value], as: UTF8.self)) else { throw refusal }
        return number
    }

    /// A text or an array of texts; `nil` without the member.
    ///
    /// - Throws: `refusal` for any other kind of value.
    func texts(_ name: String, else refusal: JWTRefusal) throws(JWTRefusal) -> [String]? {
        guard let value = self.values[name] else { return nil }
        guard self.bytes[value.lowerBound] == UInt8(ascii: "[") else { return try self.text(name, else: refusal).map { [$0] } }
        guard let texts = try? JSONDecoder().decode([String].self, from: Data(self.bytes[value])) else { throw refusal }
        return texts
    }
}
