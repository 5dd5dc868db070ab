//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore
import Testing

@Suite struct WSMaskTests {
    private let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
    private let mask = WSMask(key: 0x7856_3412)

    private func masked(_ pieces: [[UInt8]]) -> [UInt8] {
        var mask = self.mask
        return pieces.flatMap { piece in
            var result = [UInt8](repeating: 0, count: piece.count)
            piece.withUnsafeBytes { source in result.withUnsafeMutableBytes { mask.apply(from: source, to: $0) } }
            return result
        }
    }

    @Test func everyByteMeetsItsByteOfTheKey() {
        for count in 0...70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let expected = bytes.enumerated().map { $1 ^ self.key[$0 % 4] }
            #expect(self.masked([bytes]) == expected, "\(count) bytes")
            #expect(self.masked(bytes.map { [$0] }) == expected, "\(count) bytes, one by one")
            for cut in 0...count {
                #expect(self.masked([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "\(count) bytes, cut at \(cut)")
            }
        }
    }

    @Test func alignmentDoesNotMatter() {
        let bytes = (0..<64).map { UInt8($0) }
        for from in 0..<9 {
            for to in 0..<9 {
                var mask = self.mask
                var result = [UInt8](repeating: 0xee, count: 80)
                bytes.withUnsafeBytes { source in
                    result.withUnsafeMutableBytes { destination in
                        mask.apply(
                            from: UnsafeRawBufferPointer(rebasing: source[from..<(from + 50)]),
                            to: UnsafeMutableRawBufferPointer(rebasing: destination[to..<(to + 50)])
                        )
                    }
                }
                let expected = bytes[from..<(from + 50)].enumerated().map { $1 ^ self.key[$0 % 4] }
                #expect(Array(result[to..<(to + 50)]) == expected)
                #expect(result[..<to].allSatisfy { $0 == 0xee })
                #expect(result[(to + 50)...].allSatisfy { $0 == 0xee })
            }
        }
    }

    @Test func nothingIsWrittenWhereThereIsNoRoom() {
        var mask = self.mask
        var result: [UInt8] = [0, 0, 0]
        [1, 2, 3, 4].withUnsafeBytes { source in result.withUnsafeMutableBytes { mask.apply(from: source, to: $0) } }
        #expect(result == [0, 0, 0])
        #expect(mask == self.mask)
    }
}
