//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// Names and patterns: the first line is the pattern, the others are names.
enum TopicsTarget {
    static func run(_ input: FuzzInput) {
        let lines = input.bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        for line in lines { Self.checkName(line) }
        guard let first = lines.first, let pattern = Self.pattern(first) else { return }
        for name in lines { Self.checkMatch(pattern, name) }
    }

    private static func pattern(_ text: String) -> TopicPattern? {
        do throws(RealtimeError) {
            return try TopicPattern(text)
        } catch {
            requireEqual(error.code, .invalidName, "an error of another kind")
            return nil
        }
    }

    private static func checkName(_ name: String) {
        for maxLength in [TopicName.maxLength, 10] {
            let isGood = (1...maxLength).contains(name.utf8.count) && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
            requireEqual(TopicName.isValid(name, maxLength: maxLength), isGood, "a name of \(name.utf8.count) bytes")
        }
    }

    private static func segments(_ text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    /// What a pattern makes of a name, against the same written plainly.
    private static func checkMatch(_ pattern: TopicPattern, _ name: String) {
        let expected = Self.reference(Self.segments(pattern.description), Self.segments(name))
        let parameters = pattern.match(name)
        requireEqual(parameters == nil, expected == nil, "'\(pattern)' and '\(name)'")
        guard let expected, let parameters else { return }
        for (key, value) in expected {
            requireEqual(parameters[key].map { Array($0.utf8) }, Array(value.utf8), "the parameter '\(key)' of '\(pattern)' in '\(name)'")
        }
    }

    private static func reference(_ pattern: [String], _ name: [String]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (index, segment) in pattern.enumerated() {
            guard index < name.count else { return nil }
            let key = String(Substring(segment.utf8.dropFirst()))
            if segment.utf8.first == UInt8(ascii: "*") {
                let tail = name[index...].joined(separator: "/")
                parameters[key.isEmpty ? "*" : key] = tail
                return tail.isEmpty ? nil : parameters
            }
            if segment.utf8.first == UInt8(ascii: ":") {
                guard !name[index].isEmpty else { return nil }
                parameters[key] = name[index]
            } else if segment != name[index] {
                return nil
            }
        }
        return name.count == pattern.count ? parameters : nil
    }
}
