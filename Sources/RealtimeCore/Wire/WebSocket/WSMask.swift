//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The key that a client's payload is masked with (RFC 6455 §5.3), turned so that its first byte is the next to be used.
package struct WSMask: Hashable, Sendable {
    /// The key of payloads that are not masked.
    static let none = WSMask(key: 0)

    /// The four bytes, the first one lowest.
    private(set) var key: UInt32

    /// Makes a mask from a key, the first byte of which is the lowest.
    package init(key: UInt32) {
        self.key = key
    }

    /// Masks or unmasks the next bytes of a payload. The destination must have room for all of `source`.
    package mutating func apply(from source: UnsafeRawBufferPointer, to destination: UnsafeMutableRawBufferPointer) {
        let count = source.count
        guard count > 0, let from = source.baseAddress, let to = destination.baseAddress, destination.count >= count else { return }
        let word = (UInt64(self.key) << 32 | UInt64(self.key)).littleEndian
        var index = 0
        while index &+ 8 <= count {
            let masked = from.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            to.storeBytes(of: masked ^ word, toByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        // The key is at its beginning again after each eight bytes.
        var rest = self.key
        while index < count {
            let masked = from.load(fromByteOffset: index, as: UInt8.self)
            to.storeBytes(of: masked ^ UInt8(truncatingIfNeeded: rest), toByteOffset: index, as: UInt8.self)
            rest = rest >> 8 | rest << 24
            index &+= 1
        }
        self.key = rest
    }
}
