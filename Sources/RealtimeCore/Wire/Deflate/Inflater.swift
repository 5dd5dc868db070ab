//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import CRealtimeZlib

/// Decompresses one message after the other (RFC 7692 §7.2.2), each by itself.
///
/// The bytes of a message may come in pieces. What comes out is handed on in pieces, too: whoever takes them decides how much is too much.
///
/// `@unchecked Sendable`: who has taken it from the pool uses it alone.
package final class Inflater: @unchecked Sendable {
    /// Those that nobody uses. Messages that arrive slowly keep theirs meanwhile: that has to end somewhere.
    static let pool = DeflatePool(maxTaken: 1024) { Inflater() }
    /// What one takes of memory, about.
    static let size = 64 << 10

    /// The size of a piece that is handed on.
    private static let pieceSize = 16 << 10
    /// What the sender of a message has left out at its end.
    private static let tail = UInt32(bigEndian: 0x0000_ffff)

    private let stream: UnsafeMutablePointer<z_stream>
    private let piece = UnsafeMutablePointer<UInt8>.allocate(capacity: Inflater.pieceSize)
    private var isEmpty = true

    /// Makes a decompressor; `nil` when there is no memory for it.
    package init?() {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        guard realtime_inflate_init(self.stream) == Z_OK else {
            self.stream.deallocate()
            self.piece.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(self.stream)
        self.stream.deallocate()
        self.piece.deallocate()
    }

    /// Decompresses a piece of a message.
    ///
    /// - Parameter take: gets what comes out, valid during the call; what it throws ends the message.
    /// - Throws: an error for what is not DEFLATE data, and what `take` throws.
    package func inflate(
        _ bytes: UnsafeRawBufferPointer,
        _ take: (UnsafeRawBufferPointer) throws(WSProtocolError) -> Void
    ) throws(WSProtocolError) {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let count = min(rest.count, 1 << 30)
            try self.run(UnsafeRawBufferPointer(start: base, count: count), take)
            rest = UnsafeRawBufferPointer(start: base + count, count: rest.count - count)
            self.isEmpty = false
        }
    }

    /// Ends a message and makes ready for the next.
    ///
    /// - Throws: an error when the message is cut short, and what `take` throws.
    package func finish(_ take: (UnsafeRawBufferPointer) throws(WSProtocolError) -> Void) throws(WSProtocolError) {
        defer { self.reset() }
        // Some senders make nothing of nothing.
        if self.isEmpty { return }
        try withUnsafeBytes(of: Self.tail) { tail throws(WSProtocolError) in try self.run(tail, take) }
        // zlib tells by bits where it stands: 128 for the end of a block, the lowest three for bits of a byte that are left.
        guard self.stream.pointee.data_type & 128 != 0, self.stream.pointee.data_type & 7 == 0 else { throw .notDeflate }
    }

    /// Forgets the message that has begun.
    package func reset() {
        inflateReset(self.stream)
        self.isEmpty = true
    }

    private func run(
        _ bytes: UnsafeRawBufferPointer,
        _ take: (UnsafeRawBufferPointer) throws(WSProtocolError) -> Void
    ) throws(WSProtocolError) {
        self.stream.pointee.next_in = bytes.baseAddress.map { UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self)) }
        self.stream.pointee.avail_in = CUnsignedInt(bytes.count)
        // The input is not kept beyond the call.
        defer {
            self.stream.pointee.next_in = nil
            self.stream.pointee.avail_in = 0
        }
        while true {
            self.stream.pointee.next_out = self.piece
            self.stream.pointee.avail_out = CUnsignedInt(Self.pieceSize)
            let status = CRealtimeZlib.inflate(self.stream, Z_SYNC_FLUSH)
            let count = Self.pieceSize - Int(self.stream.pointee.avail_out)
            if count > 0 { try take(UnsafeRawBufferPointer(start: self.piece, count: count)) }
            switch status {
            case Z_OK where self.stream.pointee.avail_in == 0 && self.stream.pointee.avail_out > 0: return
            case Z_OK: continue
            // There was nothing left to do.
            case Z_BUF_ERROR: return
            // The last block of a compressor that goes on with another stream (RFC 7692 §7.2.3.4).
            case Z_STREAM_END:
                inflateReset(self.stream)
                if self.stream.pointee.avail_in == 0 { return }
            default: throw .notDeflate
            }
        }
    }
}
