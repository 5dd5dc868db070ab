//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The `Accept` field of a request (RFC 9110 §12.5.1).
struct AcceptField {
    /// Whether a client takes an event stream: it names the type, or `text/*`, or `*/*`, or nothing at all. The most specific range counts,
    /// and a weight of 0 refuses.
    let allowsEventStream: Bool

    /// Reads the field's lines.
    init(_ lines: [String]) {
        let ranges = lines.flatMap { Self.parts(of: $0, at: ",") }.filter { !$0.allSatisfy(\.isWhitespace) }.map { range in
            let parts = Self.parts(of: range.lowercased(), at: ";").map { part in String(part.filter { $0 != " " && $0 != "\t" }) }
            let weight = parts.dropFirst().last { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return (type: parts.first ?? "", weight: weight)
        }
        let best = ["text/event-stream", "text/*", "*/*"].lazy.compactMap { type in ranges.first { $0.type == type } }.first
        self.allowsEventStream = ranges.isEmpty || (best?.weight ?? 0) > 0
    }

    /// By bytes: to Swift, a comma with an accent behind it is one other character.
    private static func parts(of text: String, at separator: Unicode.Scalar) -> [String] {
        text.utf8.split(separator: UInt8(ascii: separator)).map { String(Substring($0)) }
    }
}
