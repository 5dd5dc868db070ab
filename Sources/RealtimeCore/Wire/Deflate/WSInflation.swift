//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The decompression of one message while it arrives.
///
/// It is decompressed as it comes, so that a text is known not to be UTF-8, and a message to be too long, by the first byte that makes it so.
/// Its compressed bytes are kept until it is complete, for two cases in which it is decompressed then once more: when much more has come out
/// than has arrived, as otherwise a few bytes could make the server hold very much for as long as the message is not ended; and when very many
/// messages are not complete, as each of them needs a decompressor.
final class WSInflation {
    /// So much is held of what has come out of a message that is not complete, and so many times what has arrived of it.
    private static let freeBytes = 64 << 10
    private static let maxRatio = 8

    private let inflater: Inflater?
    private var arrived: [UInt8] = []

    init() {
        self.inflater = Inflater.pool.take()
    }

    deinit {
        guard let inflater = self.inflater else { return }
        inflater.reset()
        Inflater.pool.giveBack(inflater)
    }

    /// How many bytes have arrived.
    var arrivedBytes: Int { self.arrived.count }

    /// How many bytes of memory are taken.
    var heldBytes: Int { self.arrived.capacity + (self.inflater == nil ? 0 : Inflater.size) }

    /// Whether nothing comes out before the end.
    var isLate: Bool { self.inflater == nil }

    /// Whether so much that has come out may be held while more has to be waited for.
    func mayHold(_ bytes: Int) -> Bool { bytes <= Self.freeBytes + Self.maxRatio * self.arrived.count }

    /// Takes a piece.
    ///
    /// - Parameter take: gets what comes out, valid during the call; what it throws ends the message.
    /// - Throws: an error for what is not compressed data, and what `take` throws.
    func append(
        _ piece: UnsafeRawBufferPointer,
        _ take: (UnsafeRawBufferPointer) throws(WSProtocolError) -> Void
    ) throws(WSProtocolError) {
        self.arrived.append(contentsOf: piece)
        try self.inflater?.inflate(piece, take)
    }

    /// Ends the message.
    ///
    /// - Throws: an error when it is cut short, and what `take` throws.
    func finish(_ take: (UnsafeRawBufferPointer) throws(WSProtocolError) -> Void) throws(WSProtocolError) {
        try self.inflater?.finish(take)
    }

    /// Gives all of the message once more, or for the first time.
    ///
    /// - Throws: an error for what is not compressed data or cut short, and what `take` throws.
    func again(_ take: (UnsafeRawBufferPointer) throws(WSProtocolError) -> Void) throws(WSProtocolError) {
        guard let inflater = Inflater() else { throw .noMemory }
        try self.arrived.withUnsafeBufferPointer { bytes throws(WSProtocolError) in
            try inflater.inflate(UnsafeRawBufferPointer(bytes), take)
        }
        try inflater.finish(take)
    }
}
