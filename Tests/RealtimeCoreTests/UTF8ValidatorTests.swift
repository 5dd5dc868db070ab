//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct UTF8ValidatorTests {
    private enum Verdict: Equatable {
        case complete
        case incomplete
        case refused
    }

    private func verdict(_ pieces: [[UInt8]]) -> Verdict {
        var validator = UTF8Validator()
        var accepted = true
        for piece in pieces { accepted = piece.withUnsafeBytes { validator.accept($0) } }
        guard accepted else { return validator.isComplete ? .complete : .refused }
        return validator.isComplete ? .complete : .incomplete
    }

    private func expected(_ bytes: [UInt8]) -> Verdict {
        if UTF8Oracle.isValid(bytes) { return .complete }
        return UTF8Oracle.mayBecomeValid(bytes) ? .incomplete : .refused
    }

    /// Bytes where the rules of some position change, and their neighbours.
    private static let edges: [UInt8] = [
        0x00, 0x61, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff,
    ]

    /// Tries bytes behind a sequence that is not complete, and so on up to four bytes: all where it can matter, then the edges.
    private func expectTruth(behind prefix: [UInt8], _ validator: UTF8Validator, mistakes: inout [[UInt8]]) {
        let triesAll = prefix.count < 2 || prefix.count == 2 && Self.edges.contains(prefix[1])
        for byte in triesAll ? Array(UInt8.min...UInt8.max) : Self.edges {
            let bytes = prefix + [byte]
            var validator = validator
            let isAccepted = withUnsafeBytes(of: byte) { validator.accept($0) }
            let isComplete = UTF8Oracle.isValid(bytes)
            let isBegun = !isComplete && UTF8Oracle.mayBecomeSequence(bytes)
            if isAccepted != (isComplete || isBegun) || validator.isComplete != isComplete { mistakes.append(bytes) }
            if isBegun { self.expectTruth(behind: bytes, validator, mistakes: &mistakes) }
        }
    }

    @Test func everySequenceIsJudgedAtItsEarliestByte() {
        var mistakes: [[UInt8]] = []
        self.expectTruth(behind: [], UTF8Validator(), mistakes: &mistakes)
        #expect(mistakes.isEmpty)
    }

    @Test func everyScalarIsAccepted() {
        var text = String.UnicodeScalarView()
        for value in UInt32(0)...0x10_ffff { if let scalar = Unicode.Scalar(value) { text.append(scalar) } }
        let bytes = Array(String(text).utf8)
        #expect(bytes.count == 0x80 + 2 * 0x780 + 3 * (0xf800 - 0x800) + 4 * 0x10_0000)
        #expect(self.verdict([bytes]) == .complete)
        for size in [7, 1021] {
            let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
            #expect(self.verdict(pieces) == .complete)
        }
    }

    @Test func whatIsRefusedStaysRefused() {
        var validator = UTF8Validator()
        #expect([UInt8](arrayLiteral: 0x61, 0xff).withUnsafeBytes { !validator.accept($0) })
        for piece in [[0x61], [], [0x80], Array(repeating: 0x61, count: 64)] as [[UInt8]] {
            #expect(piece.withUnsafeBytes { !validator.accept($0) })
            #expect(!validator.isComplete)
        }
        let acceptsNothing = validator.accept(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(!acceptsNothing)
    }

    @Test func nothingIsValid() {
        var validator = UTF8Validator()
        #expect(validator.isComplete)
        let acceptsNothing = validator.accept(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(acceptsNothing)
        #expect(validator.isComplete)
    }

    @Test func aByteIsFoundAnywhereInLongText() {
        for length in 1...100 {
            for position in 0..<length {
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes[position] = 0x80
                #expect(self.verdict([bytes]) == .refused, "80 at \(position) of \(length)")
                bytes[position] = 0xff
                #expect(self.verdict([bytes]) == .refused, "ff at \(position) of \(length)")
                bytes[position] = 0xc3
                #expect(self.verdict([bytes]) == (position == length - 1 ? .incomplete : .refused), "c3 at \(position) of \(length)")
                guard position + 1 < length else { continue }
                bytes[position + 1] = 0xa4
                #expect(self.verdict([bytes]) == .complete, "c3 a4 at \(position) of \(length)")
            }
        }
    }

    @Test func bytesOutsideArePassedOver() {
        // Only the middle is given; what is around it would be refused.
        let bytes = [UInt8](repeating: 0xff, count: 16) + Array("0123456789abcdef0123456789".utf8) + [UInt8](repeating: 0xff, count: 16)
        for start in 16..<42 {
            for end in start...42 {
                var validator = UTF8Validator()
                #expect(bytes.withUnsafeBytes { validator.accept(UnsafeRawBufferPointer(rebasing: $0[start..<end])) })
                #expect(validator.isComplete)
            }
        }
    }

    @Test func aCutAnywhereChangesNothing() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<300 {
            let bytes = UTF8Samples.bytes(using: &generator)
            let expected = self.expected(bytes)
            #expect(self.verdict([bytes]) == expected, "\(bytes)")
            for cut in 0...bytes.count {
                #expect(self.verdict([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "\(bytes) at \(cut)")
            }
            // The piece with the first wrong byte is the first that is refused.
            guard let length = UTF8Oracle.lengthOfRefusal(bytes) else { continue }
            #expect(self.verdict([Array(bytes[..<(length - 1)])]) != .refused, "\(bytes)")
            #expect(self.verdict([Array(bytes[..<length])]) == .refused, "\(bytes)")
        }
    }
}
