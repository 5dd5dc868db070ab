//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// A pattern for channel or room names, such as `users/:id`, `teams/:teamId/updates` or `files/*path`.
///
/// Names and patterns are split at `/` and compared segment by segment. `:name` matches exactly one non-empty segment, `*name` as the
/// last segment matches the rest of the name (one segment or more). Everything else is literal: no character has another meaning.
public struct TopicPattern: Hashable, Sendable, CustomStringConvertible {
    private enum Segment: Hashable, Sendable {
        case literal(String)
        case parameter(String)
        case tail(String)
    }

    /// The pattern as it was written.
    public let description: String
    private let segments: [Segment]

    /// Reads a pattern.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidName`` for an empty or overlong pattern, control characters,
    ///   a parameter without a name, two parameters of one name, or a `*` that is not in the last segment.
    public init(_ pattern: String) throws(RealtimeError) {
        try TopicName.validate(pattern)
        // By bytes, as names are: a combining character behind a slash does not make it another character here.
        let parts = pattern.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
        var segments: [Segment] = []
        var names: Set<String> = []
        for (index, part) in parts.enumerated() {
            guard let first = part.utf8.first, first == UInt8(ascii: ":") || first == UInt8(ascii: "*") else {
                segments.append(.literal(String(part)))
                continue
            }
            let isTail = first == UInt8(ascii: "*")
            let name = String(Substring(part.utf8.dropFirst()))
            if isTail, index != parts.count - 1 {
                throw RealtimeError(.invalidName, "'\(pattern)': a '*' matches the rest of a name, so it belongs in the last segment")
            }
            guard isTail || !name.isEmpty else {
                throw RealtimeError(.invalidName, "'\(pattern)': a ':' is followed by the parameter's name, as in ':id'")
            }
            let key = name.isEmpty ? "*" : name
            guard names.insert(key).inserted else {
                throw RealtimeError(.invalidName, "'\(pattern)': the parameter '\(key)' stands twice; every name is used once")
            }
            segments.append(isTail ? .tail(key) : .parameter(name))
        }
        self.description = pattern
        self.segments = segments
    }

    /// Matches a name.
    ///
    /// - Returns: the parameters, or `nil` when the name does not match.
    public func match(_ name: String) -> TopicParameters? {
        var values: [String: String] = [:]
        var rest = Substring(name)
        var atEnd = false
        for segment in self.segments {
            guard !atEnd else { return nil }
            if case .tail(let key) = segment {
                guard !rest.isEmpty else { return nil }
                values[key] = String(rest)
                return TopicParameters(values)
            }
            let part: Substring
            if let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) {
                part = rest[..<slash]
                rest = rest[rest.utf8.index(after: slash)...]
            } else {
                part = rest
                atEnd = true
            }
            switch segment {
            case .literal(let literal):
                // The comparison of the registry's keys: what is one channel there must be one name here.
                guard part == literal else { return nil }
            case .parameter(let key):
                guard !part.isEmpty else { return nil }
                values[key] = String(part)
            case .tail:
                return nil
            }
        }
        return atEnd ? TopicParameters(values) : nil
    }
}
