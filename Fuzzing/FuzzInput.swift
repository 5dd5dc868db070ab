//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// An input of the fuzzer, and decisions that are made by chance but are the same for the same input.
struct FuzzInput {
    let bytes: [UInt8]
    private let hash: UInt64

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
        // FNV-1a.
        self.hash = self.bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// The input as text, with what is not UTF-8 replaced: what a header or a query is when it reaches the parsers.
    var text: String { String(decoding: self.bytes, as: UTF8.self) }

    /// A number below `limit`, another one for each `salt`.
    func number(below limit: Int, _ salt: UInt64 = 0) -> Int {
        // SplitMix64.
        var value = self.hash &+ (salt &+ 1) &* 0x9e37_79b9_7f4a_7c15
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((value ^ (value >> 31)) % UInt64(limit))
    }

    /// Ways to cut bytes into reads: not at all, by chance into large and into small pieces, and at every byte if they are not too many.
    func cuts(of bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        var ways = [[bytes[...]], self.pieces(of: bytes, upTo: max(2, bytes.count / 2)), self.pieces(of: bytes, upTo: 9)]
        if bytes.count <= 256 { ways.append(self.pieces(of: bytes, upTo: 1)) }
        return ways
    }

    private func pieces(of bytes: [UInt8], upTo length: Int) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1 + self.number(below: length, UInt64(pieces.count)))
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}

/// Ends the run with a finding unless the condition holds.
func require(_ condition: Bool, _ finding: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID) {
    if !condition { fatalError(finding(), file: file, line: line) }
}

/// Ends the run with a finding unless both are equal.
func requireEqual<Value: Equatable>(
    _ one: Value,
    _ other: Value,
    _ finding: @autoclosure () -> String,
    line: UInt = #line,
    file: StaticString = #fileID
) {
    if one != other { fatalError("\(finding())\n  one:   \(one)\n  other: \(other)", file: file, line: line) }
}
