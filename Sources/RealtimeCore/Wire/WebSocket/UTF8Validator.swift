//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Checks UTF-8 that comes in pieces, cut anywhere (RFC 3629 §4).
///
/// A byte that nothing could make valid any more is refused with the piece that it is in: the rest of a sequence is not waited for.
///
/// The automaton has a row of 64 bits for each byte. A state is a distance in bits: shifting a row by the present state brings the next one
/// to the bottom. That is one shift for each byte, without branches; plain ASCII is skipped eight bytes at a time.
package struct UTF8Validator: Sendable {
    /// Where the automaton is inside a sequence: which bytes may come next.
    private enum State: UInt64, CaseIterable {
        /// The lead byte of a sequence.
        case start = 0
        /// Nothing: the text is not UTF-8.
        case rejected = 6
        /// One, two or three bytes of 80 to BF.
        case one = 12
        case two = 18
        case three = 24
        /// A0 to BF and one more: below are overlong forms.
        case afterE0 = 30
        /// 80 to 9F and one more: above are surrogates.
        case afterED = 36
        /// 90 to BF and two more: below are overlong forms.
        case afterF0 = 42
        /// 80 to 8F and two more: above is nothing, as U+10FFFF is the last scalar.
        case afterF4 = 48

        func next(_ byte: UInt8) -> State {
            switch (self, byte) {
            case (.start, 0x00...0x7f): .start
            case (.start, 0xc2...0xdf): .one
            case (.start, 0xe0): .afterE0
            case (.start, 0xed): .afterED
            case (.start, 0xe1...0xef): .two
            case (.start, 0xf0): .afterF0
            case (.start, 0xf1...0xf3): .three
            case (.start, 0xf4): .afterF4
            case (.one, 0x80...0xbf): .start
            case (.two, 0x80...0xbf), (.afterE0, 0xa0...0xbf), (.afterED, 0x80...0x9f): .one
            case (.three, 0x80...0xbf), (.afterF0, 0x90...0xbf), (.afterF4, 0x80...0x8f): .two
            default: .rejected
            }
        }
    }

    private static let rows: [UInt64] = (UInt8.min...UInt8.max).map { byte in
        State.allCases.reduce(0) { row, state in row | state.next(byte).rawValue << state.rawValue }
    }

    private var state = State.start.rawValue

    package init() {}

    /// Whether the text may end here. False inside a sequence and after a byte that was refused.
    package var isComplete: Bool { self.state == State.start.rawValue }

    /// Takes the next bytes.
    ///
    /// - Returns: false when the text is not UTF-8, whatever follows. It stays so.
    package mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return self.state != State.rejected.rawValue }
        let count = bytes.count
        var index = self.isComplete ? Self.asciiPrefix(of: bytes) : 0
        guard index < count else { return self.state != State.rejected.rawValue }
        var state = self.state
        Self.rows.withUnsafeBufferPointer { rows in
            while index &+ 8 <= count {
                var word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                index &+= 8
                if word & Self.highBits == 0, state & 63 == State.start.rawValue { continue }
                for _ in 0..<8 {
                    // Only the lowest six bits of a row that was shifted are the state.
                    state = rows[Int(truncatingIfNeeded: word & 0xff)] &>> state
                    word >>= 8
                }
            }
            while index < count {
                state = rows[Int(base.load(fromByteOffset: index, as: UInt8.self))] &>> state
                index &+= 1
            }
        }
        self.state = state & 63
        return self.state != State.rejected.rawValue
    }

    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// How many bytes at the beginning are known to be ASCII: all, or a multiple of eight.
    private static func asciiPrefix(of bytes: UnsafeRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        let count = bytes.count
        var index = 0
        while index &+ 32 <= count {
            let first = base.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self)
            let second = base.loadUnaligned(fromByteOffset: index &+ 16, as: SIMD2<UInt64>.self)
            let either = first | second
            guard (either.x | either.y) & Self.highBits == 0 else { return index }
            index &+= 32
        }
        while index &+ 8 <= count {
            guard base.loadUnaligned(fromByteOffset: index, as: UInt64.self) & Self.highBits == 0 else { return index }
            index &+= 8
        }
        guard index < count, count >= 8 else { return index }
        // The last eight bytes, some of them again.
        return base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self) & Self.highBits == 0 ? count : index
    }
}
