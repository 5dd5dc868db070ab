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
    private var validator = UTF8Validator()
    private var checksText = false

    var isInMessage: Bool { self.opcode != nil }

    /// Begins a frame: the first of a message or one that continues it.
    mutating func begin(_ header: WSFrameHeader) {
        self.fragments += 1
        guard !self.isInMessage else { return }
        self.opcode = header.opcode
        // What is compressed is no text yet.
        self.checksText = header.opcode == .text && !header.rsv1
        self.validator = UTF8Validator()
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
    mutating func append(_ piece: UnsafeRawBufferPointer) throws(WSProtocolError) {
        if self.checksText {
            guard self.validator.accept(piece) else { throw .notUTF8("The text is not UTF-8") }
        }
        self.bytes.append(contentsOf: piece)
    }

    /// Ends the message and gives it up.
    mutating func finish() throws(WSProtocolError) -> (opcode: WSOpcode, bytes: [UInt8]) {
        guard !self.checksText || self.validator.isComplete else { throw .notUTF8("The text is not UTF-8") }
        let message = (opcode: self.opcode ?? .binary, bytes: self.bytes)
        self = WSAssembly()
        return message
    }
}
