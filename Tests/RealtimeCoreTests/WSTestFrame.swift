//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// A frame, byte by byte, right or wrong.
struct WSTestFrame {
    /// How the length is written.
    enum LengthForm: CaseIterable {
        case short
        case two
        case eight
    }

    var isFinal = true
    /// RSV1, RSV2 and RSV3 as the bits 4, 2 and 1.
    var reserved: UInt8 = 0
    var opcode: UInt8
    var key: [UInt8]? = [0x37, 0xfa, 0x21, 0x3d]
    /// The shortest unless something else is set.
    var form: LengthForm?
    /// What the header promises, unless it is the truth.
    var promisedLength: UInt64?
    var payload: [UInt8] = []

    var length: UInt64 { self.promisedLength ?? UInt64(self.payload.count) }

    var header: [UInt8] {
        var bytes = [(self.isFinal ? 0x80 : 0) | self.reserved << 4 | self.opcode]
        let masked: UInt8 = self.key == nil ? 0 : 0x80
        let form = self.form ?? (self.length < 126 ? .short : self.length < 65_536 ? .two : .eight)
        switch form {
        case .short: bytes.append(masked | UInt8(truncatingIfNeeded: self.length & 0x7f))
        case .two: bytes += [masked | 126] + Self.bigEndian(self.length, bytes: 2)
        case .eight: bytes += [masked | 127] + Self.bigEndian(self.length, bytes: 8)
        }
        return bytes + (self.key ?? [])
    }

    var bytes: [UInt8] {
        guard let key = self.key else { return self.header + self.payload }
        return self.header + self.payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    private static func bigEndian(_ number: UInt64, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }

    // MARK: Short forms

    static func text(_ text: String, isFinal: Bool = true) -> WSTestFrame { .init(isFinal: isFinal, opcode: 1, payload: Array(text.utf8)) }

    static func text(_ bytes: [UInt8], isFinal: Bool = true) -> WSTestFrame { .init(isFinal: isFinal, opcode: 1, payload: bytes) }

    static func binary(_ bytes: [UInt8], isFinal: Bool = true) -> WSTestFrame { .init(isFinal: isFinal, opcode: 2, payload: bytes) }

    static func more(_ bytes: [UInt8], isFinal: Bool = true) -> WSTestFrame { .init(isFinal: isFinal, opcode: 0, payload: bytes) }

    static func more(_ text: String, isFinal: Bool = true) -> WSTestFrame { .more(Array(text.utf8), isFinal: isFinal) }

    static func ping(_ text: String) -> WSTestFrame { .init(opcode: 9, payload: Array(text.utf8)) }

    static func pong(_ text: String) -> WSTestFrame { .init(opcode: 10, payload: Array(text.utf8)) }

    static func close(_ code: UInt16, _ reason: [UInt8] = []) -> WSTestFrame {
        .init(opcode: 8, payload: Self.bigEndian(UInt64(code), bytes: 2) + reason)
    }
}
