//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Memory that frames are unmasked into, shared by all WebSockets of an event loop.
///
/// It belongs to its event loop, and what is in it to the event that is handled there at the moment: whoever handles an event must not
/// have another reader read with the same scratch.
package final class WSScratch {
    /// The size of the memory. Longer payloads are unmasked in pieces.
    package static let capacity = 64 << 10

    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: WSScratch.capacity, alignment: 64)

    package init() {}

    deinit {
        self.bytes.deallocate()
    }

    /// Unmasks up to ``capacity`` bytes.
    ///
    /// - Returns: the bytes in this memory, valid until the next call.
    func unmask(_ source: UnsafeRawBufferPointer, with mask: inout WSMask) -> UnsafeRawBufferPointer {
        let count = min(source.count, Self.capacity)
        mask.apply(from: UnsafeRawBufferPointer(start: source.baseAddress, count: count), to: self.bytes)
        return UnsafeRawBufferPointer(start: self.bytes.baseAddress, count: count)
    }
}
