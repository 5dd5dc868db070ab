//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import NIOCore

/// A JSON object whose values stay in the bytes that they came in: what is passed on must not change its numbers or the order of its keys.
struct JSONObject {
    private let fields: [String: String]

    /// Reads an object.
    ///
    /// - Throws: `HTTPError` 400 when the bytes are not one JSON object in UTF-8.
    init(_ body: ByteBuffer) throws {
        let data = Data(body.readableBytesView)
        guard let parsed = try? JSONSerialization.jsonObject(with: data), parsed is [String: Any] else {
            throw HTTPError(.badRequest, message: "the body is not a JSON object")
        }
        var scanner = Scanner(bytes: Array(data))
        self.fields = try scanner.object()
    }

    /// The text of a value as it stood in the body.
    func raw(_ name: String) -> String? { self.fields[name] }

    /// A string value.
    ///
    /// - Parameter orNilIfOther: whether values of other types give `nil` instead of an error; `null` always does.
    func string(_ name: String, orNilIfOther: Bool = false) throws -> String? {
        guard let raw = self.fields[name], raw != "null" else { return nil }
        guard let value = Self.unquoted(raw) else {
            if orNilIfOther { return nil }
            throw HTTPError(.badRequest, message: "'\(name)' is not a string")
        }
        return value
    }

    /// The text of a JSON string; `nil` for other values.
    private static func unquoted(_ raw: String) -> String? {
        guard raw.utf8.first == UInt8(ascii: "\"") else { return nil }
        guard raw.utf8.contains(UInt8(ascii: "\\")) else { return String(raw.dropFirst().dropLast()) }
        return try? JSONDecoder().decode(String.self, from: Data(raw.utf8))
    }

    /// A whole number in a range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let raw = self.fields[name], raw != "null" else { return nil }
        guard let value = Int(raw), range.contains(value) else {
            let upper = range.upperBound == .max ? "" : " to \(range.upperBound)"
            throw HTTPError(.badRequest, message: "'\(name)' is \(raw.prefix(20)); a whole number from \(range.lowerBound)\(upper) is accepted")
        }
        return value
    }

    /// Finds the values of an object that is known to be well-formed.
    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        mutating func object() throws -> [String: String] {
            var fields: [String: String] = [:]
            self.skip(until: { $0 == UInt8(ascii: "{") })
            self.position += 1
            while true {
                self.skip(until: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "}") })
                guard self.position < self.bytes.count, self.bytes[self.position] == UInt8(ascii: "\"") else { return fields }
                let key = self.value()
                self.skip(until: { $0 == UInt8(ascii: ":") })
                self.position += 1
                self.skip(until: { $0 > 0x20 })
                let value = self.value()
                guard let name = JSONObject.unquoted(key) else {
                    throw HTTPError(.badRequest, message: "the body is not a JSON object in UTF-8")
                }
                fields[name] = value
            }
        }

        private mutating func skip(until isWanted: (UInt8) -> Bool) {
            while self.position < self.bytes.count, !isWanted(self.bytes[self.position]) { self.position += 1 }
        }

        /// The text of the value that begins here.
        private mutating func value() -> String {
            let start = self.position
            var depth = 0
            var isInString = false
            while self.position < self.bytes.count {
                let byte = self.bytes[self.position]
                if isInString {
                    if byte == UInt8(ascii: "\\") { self.position += 1 }
                    if byte == UInt8(ascii: "\"") { isInString = false }
                } else {
                    switch byte {
                    case UInt8(ascii: "\""): isInString = true
                    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                    case UInt8(ascii: "}"), UInt8(ascii: "]"):
                        if depth == 0 { return self.text(from: start) }
                        depth -= 1
                    case UInt8(ascii: ","), UInt8(ascii: ":"):
                        if depth == 0 { return self.text(from: start) }
                    default: break
                    }
                }
                self.position += 1
            }
            return self.text(from: start)
        }

        private func text(from start: Int) -> String {
            var end = min(self.position, self.bytes.count)
            while end > start, self.bytes[end - 1] <= 0x20 { end -= 1 }
            return String(decoding: self.bytes[start..<end], as: UTF8.self)
        }
    }
}
