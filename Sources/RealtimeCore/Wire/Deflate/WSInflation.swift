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
/// That needs memory until the message is complete. When very many messages are in that state, those that come then are collected as they
/// are, and decompressed in the end.
final class WSInflation {
    /// How many bytes have arrived.
    private(set) var arrivedBytes = 0
    private let inflater: Inflater?
    private var collected: [UInt8] = []

    init() {
        self.inflater = Inflater.pool.take()
    }

    deinit {
        guard let inflater = self.inflater else { return }
        inflater.reset()
        Inflater.pool.giveBack(inflater)
    }

    /// How many bytes of memory are taken.
    var heldBytes: Int { self.inflater == nil ? self.collected.capacity : Inflater.size }

    /// Takes a piece.
    ///
    /// - Parameter take: gets what comes out, valid during the call; what it throws ends the message.
    /// - Throws: an error for what is not compressed data, and what `take` throws.
    func append(
        _ piece: UnsafeRawBufferPointer,
        _ take: (UnsafeRawBufferPointer) throws(WSProtocolError) -> Void
    ) throws(WSProtocolError) {
        self.arrivedBytes += piece.count
        guard let inflater = self.inflater else { return self.collected.append(contentsOf: piece) }
        try inflater.inflate(piece, take)
    }

    /// Ends the message.
    ///
    /// - Throws: an error when it is cut short, and what `take` throws.
    func finish(_ take: (UnsafeRawBufferPointer) throws(WSProtocolError) -> Void) throws(WSProtocolError) {
        if let inflater = self.inflater { return try inflater.finish(take) }
        guard let inflater = Inflater() else { throw .noMemory }
        try self.collected.withUnsafeBufferPointer { bytes throws(WSProtocolError) in
            try inflater.inflate(UnsafeRawBufferPointer(bytes), take)
        }
        try inflater.finish(take)
    }
}
