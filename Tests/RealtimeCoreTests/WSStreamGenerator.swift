//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Streams of frames as clients send them, good ones and bad ones.
struct WSStreamGenerator {
    private var generator: SeededGenerator
    /// One frame in so many breaks a rule.
    private let mistakes: Int
    private var isInMessage = false
    private var isText = false
    /// What is left of the message's text: fragments cut it anywhere.
    private var text: [UInt8] = []

    init(seed: UInt64, mistakes: Int) {
        self.generator = SeededGenerator(seed: seed)
        self.mistakes = mistakes
    }

    /// The bytes of up to a dozen frames, sometimes cut.
    mutating func stream() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<self.generator.number(1..<13) { bytes += self.frame().bytes }
        if self.generator.oneIn(3) { bytes.removeLast(self.generator.number(0..<bytes.count)) }
        return bytes
    }

    private mutating func frame() -> WSTestFrame {
        var frame = self.generator.oneIn(4) ? self.control() : self.data()
        frame.key = (0..<4).map { _ in UInt8.random(in: 0...255, using: &self.generator) }
        if self.generator.oneIn(self.mistakes) { self.spoil(&frame) }
        return frame
    }

    private mutating func control() -> WSTestFrame {
        if self.generator.oneIn(8) {
            return self.generator.oneIn(4) ? WSTestFrame(opcode: 8) : .close(1000, self.generator.oneIn(2) ? Array("bye \u{e4}".utf8) : [])
        }
        let length = self.generator.oneIn(3) ? 125 : self.generator.number(0..<20)
        return WSTestFrame(opcode: self.generator.oneIn(2) ? 9 : 10, payload: self.noise(length))
    }

    private mutating func data() -> WSTestFrame {
        let opcode: UInt8
        if self.isInMessage {
            opcode = 0
        } else {
            self.isText = !self.generator.oneIn(3)
            opcode = self.isText ? 1 : 2
            self.text = self.generator.oneIn(self.mistakes) ? UTF8Samples.bytes(using: &self.generator) : self.longText()
        }
        let isFinal = !self.generator.oneIn(2)
        self.isInMessage = !isFinal
        guard self.isText else { return WSTestFrame(isFinal: isFinal, opcode: opcode, payload: self.noise(self.length())) }
        let count = isFinal ? self.text.count : self.generator.number(0..<(self.text.count + 1))
        let payload = Array(self.text.prefix(count))
        self.text.removeFirst(count)
        return WSTestFrame(isFinal: isFinal, opcode: opcode, payload: payload)
    }

    /// Breaks a rule, perhaps.
    private mutating func spoil(_ frame: inout WSTestFrame) {
        switch self.generator.number(0..<11) {
        case 0: frame.isFinal.toggle()
        case 1: frame.reserved = UInt8(self.generator.number(1..<8))
        case 2: frame.opcode = UInt8(self.generator.number(0..<16))
        case 3: frame.key = nil
        case 4: frame.form = .two
        case 5: frame.form = .eight
        case 6: frame.promisedLength = [1 << 63, .max, 1 << 62, 1 << 32, 1 << 20, 3000].randomElement(using: &self.generator)
        case 7: frame = .close(UInt16(self.generator.number(990..<1020)))
        case 8: frame = .close(1000, Array(UTF8Samples.bytes(using: &self.generator).suffix(123)))
        case 9: frame = WSTestFrame(opcode: 8, payload: [3])
        default: frame.payload = UTF8Samples.bytes(using: &self.generator)
        }
    }

    private mutating func length() -> Int {
        [0, 1, 7, 8, 9, 125, 126, 127, 300].randomElement(using: &self.generator) ?? 0
    }

    private mutating func longText() -> [UInt8] {
        (0..<self.generator.number(1..<4)).flatMap { _ in UTF8Samples.text(using: &self.generator) }
    }

    private mutating func noise(_ length: Int) -> [UInt8] {
        (0..<length).map { _ in UInt8.random(in: 0...255, using: &self.generator) }
    }
}
