//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The message whose frames are arriving.
///
/// Memory is taken for what has arrived and not for what a header promises; it grows in steps that double it, so that a message costs the
/// same however it is cut, and is given up with the message.
struct WSAssembly {
    /// The kind of the message, nil between messages.
    private(set) var opcode: WSOpcode?
    /// How many frames of the message have begun.
    private(set) var fragments = 0
    private(set) var bytes: [UInt8] = []
    /// The decompression of a message that is compressed.
    private var inflation: WSInflation?
    /// How much has come out of it, and whether that is not held.
    private var inflatedBytes = 0
    private var isGivenUp = false
    private var validator = UTF8Validator()

    var isInMessage: Bool { self.opcode != nil }

    var isCompressed: Bool { self.inflation != nil }

    /// How many bytes have arrived of a message that is compressed.
    var compressedBytes: Int { self.inflation?.arrivedBytes ?? 0 }

    /// How many bytes of memory are taken.
    var heldBytes: Int { self.bytes.capacity + (self.inflation?.heldBytes ?? 0) }

    /// Begins a frame: the first of a message or one that continues it.
    mutating func begin(_ header: WSFrameHeader) {
        self.fragments += 1
        guard !self.isInMessage else { return }
        self.opcode = header.opcode
        if header.rsv1 { self.inflation = WSInflation() }
    }

    /// Takes room for bytes that have arrived.
    ///
    /// - Parameter limit: how long the message may become.
    mutating func reserve(_ count: Int, limit: Int) {
        let needed = self.bytes.count + count
        guard needed > self.bytes.capacity else { return }
        self.bytes.reserveCapacity(max(needed, min(2 * self.bytes.count, limit)))
    }

    /// Adds bytes, unmasked.
    ///
    /// - Parameter maxBytes: how long a compressed message may become.
    mutating func append(_ piece: UnsafeRawBufferPointer, maxBytes: Int) throws(WSProtocolError) {
        guard let inflation = self.inflation else {
            try self.check(piece)
            return self.bytes.append(contentsOf: piece)
        }
        try inflation.append(piece) { inflated throws(WSProtocolError) in try self.append(inflated: inflated, maxBytes: maxBytes) }
    }

    private mutating func append(inflated: UnsafeRawBufferPointer, maxBytes: Int) throws(WSProtocolError) {
        // What is wrong in front of the limit is wrong first, however much comes out at once.
        let room = maxBytes - self.inflatedBytes
        try self.check(UnsafeRawBufferPointer(rebasing: inflated.prefix(room)))
        guard inflated.count <= room else { throw .tooBig("The message is too long") }
        self.inflatedBytes += inflated.count
        guard !self.isGivenUp else { return }
        self.reserve(inflated.count, limit: maxBytes)
        self.bytes.append(contentsOf: inflated)
    }

    private mutating func check(_ piece: UnsafeRawBufferPointer) throws(WSProtocolError) {
        guard self.opcode == .text else { return }
        guard self.validator.accept(piece) else { throw .notUTF8("The text is not UTF-8") }
    }

    /// More of the message has to be waited for. What came out of few bytes is given up meanwhile.
    mutating func waits() {
        guard let inflation = self.inflation, !inflation.mayHold(self.bytes.count) else { return }
        self.isGivenUp = true
        self.bytes = []
    }

    /// Ends the message and gives it up.
    ///
    /// - Parameter maxBytes: how long a compressed message may become.
    mutating func finish(maxBytes: Int) throws(WSProtocolError) -> (opcode: WSOpcode, bytes: [UInt8]) {
        if let inflation = self.inflation { try self.finish(inflation, maxBytes) }
        guard self.opcode != .text || self.validator.isComplete else { throw .notUTF8("The text is not UTF-8") }
        defer { self = WSAssembly() }
        return (opcode: self.opcode ?? .binary, bytes: self.bytes)
    }

    private mutating func finish(_ inflation: WSInflation, _ maxBytes: Int) throws(WSProtocolError) {
        if inflation.isLate {
            return try inflation.again { inflated throws(WSProtocolError) in try self.append(inflated: inflated, maxBytes: maxBytes) }
        }
        try inflation.finish { inflated throws(WSProtocolError) in try self.append(inflated: inflated, maxBytes: maxBytes) }
        guard self.isGivenUp else { return }
        self.bytes.reserveCapacity(self.inflatedBytes)
        try inflation.again { inflated throws(WSProtocolError) in self.bytes.append(contentsOf: inflated) }
    }
}
