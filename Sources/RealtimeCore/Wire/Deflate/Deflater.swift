//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import CRealtimeZlib
package import NIOCore

/// Compresses messages by themselves (RFC 7692 §7.2.1), without regard to what was compressed before.
///
/// `@unchecked Sendable`: who has taken it from the pool uses it alone.
package final class Deflater: @unchecked Sendable {
    /// Those that nobody uses.
    static let pool = DeflatePool { Deflater() }

    /// zlib's compromise of speed and size for texts of a few KiB: a third of its default level's time, a few hundredths more bytes.
    private static let level: CInt = 3
    /// How much memory zlib takes, 1 to 9. This makes 256 KiB together with the window.
    private static let memoryLevel: CInt = 8

    private let stream: UnsafeMutablePointer<z_stream>

    /// Makes a compressor; `nil` when there is no memory for it.
    package init?() {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        guard realtime_deflate_init(self.stream, Self.level, 15, Self.memoryLevel) == Z_OK else {
            self.stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// Appends the compressed bytes: without the four bytes 00 00 ff ff at their end, which the receiver adds.
    ///
    /// - Returns: how many bytes were appended.
    package func deflate(_ bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) -> Int {
        guard let base = bytes.baseAddress, bytes.count > 0, let length = CUnsignedInt(exactly: bytes.count) else { return 0 }
        defer { deflateReset(self.stream) }
        // The block that ends a flush is not counted by zlib's bound.
        let bound = Int(deflateBound(self.stream, CUnsignedLong(length))) + 16
        return buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { output in
            self.stream.pointee.next_in = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: UInt8.self))
            self.stream.pointee.avail_in = length
            self.stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            self.stream.pointee.avail_out = CUnsignedInt(clamping: output.count)
            CRealtimeZlib.deflate(self.stream, Z_SYNC_FLUSH)
            let written = min(output.count, Int(CUnsignedInt.max)) - Int(self.stream.pointee.avail_out)
            guard self.stream.pointee.avail_in == 0, self.stream.pointee.avail_out > 0, written >= 4 else { return 0 }
            return written - 4
        }
    }
}
