//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What the standard library says of UTF-8.
enum UTF8Oracle {
    /// What completes a sequence that is cut, whichever it is.
    private static let completions: [[UInt8]] = [
        [], [0x80], [0x80, 0x80], [0xa0, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80],
    ]

    static func isValid(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// Whether something can follow that makes the bytes valid.
    static func mayBecomeValid(_ bytes: [UInt8]) -> Bool { self.completions.contains { self.isValid(bytes + $0) } }

    /// The same for a single character's beginning.
    static func mayBecomeSequence(_ bytes: [UInt8]) -> Bool {
        self.completions.contains { bytes.count + $0.count <= 4 && self.isValid(bytes + $0) }
    }

    /// The number of bytes up to and with the one that cannot be valid; nil when there is none.
    static func lengthOfRefusal(_ bytes: [UInt8]) -> Int? { (0...bytes.count).first { !self.mayBecomeValid(Array(bytes[..<$0])) } }
}
