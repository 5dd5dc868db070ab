//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Bytes that are text, nearly text, or nothing of the kind.
enum UTF8Samples {
    static let scalars: [[UInt8]] = [
        "\0", "a", "\u{7f}", "\u{80}", "\u{e4}", "\u{7ff}", "\u{800}", "\u{fff}", "\u{1000}", "\u{d7ff}", "\u{e000}", "\u{feff}", "\u{fffd}",
        "\u{ffff}", "\u{10000}", "\u{1f600}", "\u{3ffff}", "\u{40000}", "\u{fffff}", "\u{100000}", "\u{10ffff}",
    ].map { Array($0.utf8) }

    /// What no text may hold: overlong forms, surrogates, scalars that do not exist, stray and missing bytes.
    static let wrong: [[UInt8]] = [
        [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf],
        [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80],
        [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80], [0xfe], [0xff], [0xc3, 0x61], [0xe2, 0x82, 0x61], [0xe2, 0x61],
        [0xf0, 0x9f, 0x98, 0x61], [0xc3, 0xc3], [0xe2, 0x82, 0xe2],
    ]

    /// A text of some characters.
    static func text(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<generator.number(0..<12) {
            if generator.oneIn(3) { bytes += Array(repeating: 0x61, count: generator.number(0..<20)) }
            bytes += Self.scalars.randomElement(using: &generator) ?? []
        }
        return bytes
    }

    /// A text that is often cut, or has something wrong in it, or is noise.
    static func bytes(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = Self.text(using: &generator)
        switch generator.number(0..<5) {
        case 0: bytes.removeLast(generator.number(0..<min(4, bytes.count + 1)))
        case 1: bytes += Self.wrong.randomElement(using: &generator) ?? []
        case 2: bytes = bytes + (Self.wrong.randomElement(using: &generator) ?? []) + Self.text(using: &generator)
        case 3: bytes = (0..<generator.number(0..<6)).map { _ in UInt8.random(in: 0x7f...0xff, using: &generator) }
        default: break
        }
        return bytes
    }
}
