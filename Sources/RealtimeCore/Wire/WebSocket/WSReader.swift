//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// Reads a WebSocket: bytes to messages and control frames, by the letter of RFC 6455 §5 to §7.
///
/// Bytes may come cut anywhere; events and errors are the same. Whoever breaks a rule is found out by the first byte that does so, also
/// inside a frame that is not complete: a header that promises too much, text that is not UTF-8.
///
/// A frame that has arrived as a whole is unmasked into the scratch and given from there, without an allocation. What comes in pieces or
/// compressed is collected. Nothing is held between messages.
package struct WSReader {
    /// What was read. The bytes are valid during the call only.
    package enum Event {
        /// A text in valid UTF-8.
        case text(UnsafeRawBufferPointer)
        case binary(UnsafeRawBufferPointer)
        case ping(UnsafeRawBufferPointer)
        case pong(UnsafeRawBufferPointer)
        /// The peer closes: with a code that is sendable or none, and a reason in valid UTF-8.
        case close(WSCloseCode?, reason: UnsafeRawBufferPointer)
    }

    /// The longest message, in bytes.
    package let maxMessageBytes: Int
    /// The most frames that a message may come in.
    package let maxFragments: Int
    /// Whether nothing more is read: the peer closed or broke a rule.
    package private(set) var isFinished = false

    private let inflates: Bool
    /// How long a message may be before it is decompressed. Compression may make longer what it cannot make shorter.
    private let maxCompressedBytes: Int
    private let peer: WSFrameRules.Peer
    /// The frame that is arriving, when its header has; how much of its payload has not, and the mask for that.
    private var frame: WSFrameHeader?
    private var missing = 0
    private var mask = WSMask.none
    /// The message that is arriving.
    private var assembly = WSAssembly()
    /// The payload of the control frame that is arriving.
    private var control: [UInt8] = []

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - maxMessageBytes: the longest message; a longer one fails with 1009 as soon as a header says so.
    ///   - maxFragments: the most frames of a message, at least 1; one more fails with 1009.
    ///   - inflates: whether messages may be compressed (RFC 7692), each by itself. The limit is for what comes out.
    ///   - peer: whose frames are read.
    package init(maxMessageBytes: Int, maxFragments: Int, inflates: Bool = false, peer: WSFrameRules.Peer = .client) {
        self.maxMessageBytes = max(0, maxMessageBytes)
        let (sum, isTooLarge) = self.maxMessageBytes.addingReportingOverflow(self.maxMessageBytes / 8 + 64)
        self.maxCompressedBytes = isTooLarge ? .max : sum
        self.maxFragments = max(1, maxFragments)
        self.inflates = inflates
        self.peer = peer
    }

    /// How many bytes of memory are taken for a message and a control frame that are arriving: less than twice what has arrived of them; for a
    /// message that is compressed less than twenty times that, and 192 KiB.
    package var heldBytes: Int { self.assembly.heldBytes + self.control.capacity }

    /// Reads as much as it can, and calls `handle` with each event in order. Only a header that is not complete stays in the buffer, at
    /// most 13 bytes. A reader that is finished ignores what comes and empties the buffer.
    ///
    /// - Parameters:
    ///   - buffer: what has arrived; what was read is taken from its beginning.
    ///   - scratch: the memory of the event loop.
    ///   - handle: what to do with an event. It must not touch this reader, nor have another one read with the same scratch. When it
    ///     returns false, reading stops, and what follows stays in the buffer until the next call.
    /// - Throws: what the peer did wrong. The reader is finished then.
    package mutating func read(_ buffer: inout ByteBuffer, scratch: WSScratch, _ handle: (Event) -> Bool) throws(WSProtocolError) {
        defer { if self.isFinished { buffer.moveReaderIndex(to: buffer.writerIndex) } }
        guard !self.isFinished else { return }
        do throws(WSProtocolError) {
            let used = try buffer.withUnsafeReadableBytes { bytes throws(WSProtocolError) in
                try self.consume(bytes, scratch, handle)
            }
            buffer.moveReaderIndex(forwardBy: used)
        } catch {
            self.finish()
            throw error
        }
    }

    /// Reads until the bytes are used up, a header is not complete, or an event says stop.
    ///
    /// - Returns: how many bytes were used.
    private mutating func consume(
        _ bytes: UnsafeRawBufferPointer,
        _ scratch: WSScratch,
        _ handle: (Event) -> Bool
    ) throws(WSProtocolError) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var offset = 0
        var goesOn = true
        while goesOn {
            let rest = UnsafeRawBufferPointer(start: base + offset, count: bytes.count - offset)
            if let frame = self.frame {
                let arrived = min(self.missing, rest.count)
                try self.collect(UnsafeRawBufferPointer(start: rest.baseAddress, count: arrived), of: frame, scratch)
                offset += arrived
                guard self.missing == 0 else { break }
                self.frame = nil
                goesOn = try self.complete(frame, handle)
            } else {
                guard let header = try WSFrameHeader.parse(rest, self.rules) else { break }
                offset += header.size
                if self.isWholeEvent(header), header.length <= rest.count - header.size, header.length <= WSScratch.capacity {
                    var mask = header.mask
                    let payload = scratch.unmask(UnsafeRawBufferPointer(start: base + offset, count: header.length), with: &mask)
                    offset += header.length
                    if header.opcode == .text { try Self.checkText(payload) }
                    goesOn = try self.emit(header.opcode, payload, handle)
                } else {
                    self.begin(header)
                }
            }
        }
        self.assembly.waits()
        return offset
    }

    /// What the next frame may be.
    private var rules: WSFrameRules {
        WSFrameRules(
            peer: self.peer,
            allowsRSV1: self.inflates,
            isInMessage: self.assembly.isInMessage,
            allowsContinuation: self.assembly.fragments < self.maxFragments,
            room: self.maxMessageBytes - self.assembly.bytes.count,
            compressedRoom: self.maxCompressedBytes - self.assembly.compressedBytes,
            isCompressed: self.assembly.isCompressed
        )
    }

    /// Whether a frame is an event by itself, as it is.
    private func isWholeEvent(_ header: WSFrameHeader) -> Bool {
        header.isFinal && header.opcode != .continuation && !header.rsv1
    }

    // MARK: Frames in pieces

    private mutating func begin(_ header: WSFrameHeader) {
        self.frame = header
        self.missing = header.length
        self.mask = header.mask
        if !header.opcode.isControl { self.assembly.begin(header) }
    }

    /// Takes what has arrived of a frame's payload.
    private mutating func collect(_ arrived: UnsafeRawBufferPointer, of frame: WSFrameHeader, _ scratch: WSScratch) throws(WSProtocolError) {
        guard let base = arrived.baseAddress, arrived.count > 0 else { return }
        if !frame.opcode.isControl, !self.assembly.isCompressed {
            let limit = frame.isFinal ? self.assembly.bytes.count + self.missing : self.maxMessageBytes
            self.assembly.reserve(arrived.count, limit: limit)
        }
        var offset = 0
        while offset < arrived.count {
            let count = min(arrived.count - offset, WSScratch.capacity)
            let piece = scratch.unmask(UnsafeRawBufferPointer(start: base + offset, count: count), with: &self.mask)
            if frame.opcode.isControl {
                self.control.append(contentsOf: piece)
            } else {
                try self.assembly.append(piece, maxBytes: self.maxMessageBytes)
            }
            offset += count
        }
        self.missing -= arrived.count
    }

    /// Gives what a frame completes, if anything.
    ///
    /// - Returns: whether to go on.
    private mutating func complete(_ frame: WSFrameHeader, _ handle: (Event) -> Bool) throws(WSProtocolError) -> Bool {
        if frame.opcode.isControl {
            let payload = self.control
            self.control = []
            return try self.emit(frame.opcode, payload, handle)
        }
        guard frame.isFinal else { return true }
        let message = try self.assembly.finish(maxBytes: self.maxMessageBytes)
        return try self.emit(message.opcode, message.bytes, handle)
    }

    // MARK: Events

    private mutating func emit(_ opcode: WSOpcode, _ payload: [UInt8], _ handle: (Event) -> Bool) throws(WSProtocolError) -> Bool {
        try payload.withUnsafeBufferPointer { bytes throws(WSProtocolError) in
            try self.emit(opcode, UnsafeRawBufferPointer(bytes), handle)
        }
    }

    /// Gives a whole payload, which is checked already if it is a text.
    private mutating func emit(
        _ opcode: WSOpcode,
        _ payload: UnsafeRawBufferPointer,
        _ handle: (Event) -> Bool
    ) throws(WSProtocolError) -> Bool {
        switch opcode {
        case .text: return handle(.text(payload))
        case .binary: return handle(.binary(payload))
        case .ping: return handle(.ping(payload))
        case .pong: return handle(.pong(payload))
        case .close:
            let event = try Self.close(payload)
            self.finish()
            _ = handle(event)
            return false
        case .continuation: return true
        }
    }

    private static func close(_ payload: UnsafeRawBufferPointer) throws(WSProtocolError) -> Event {
        // One byte alone was refused with the header.
        guard payload.count >= 2 else { return .close(nil, reason: payload) }
        let code = WSCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isSendable else { throw .violation("The close code is not valid") }
        let reason = UnsafeRawBufferPointer(rebasing: payload[2...])
        try Self.checkText(reason)
        return .close(code, reason: reason)
    }

    private static func checkText(_ bytes: UnsafeRawBufferPointer) throws(WSProtocolError) {
        var validator = UTF8Validator()
        guard validator.accept(bytes), validator.isComplete else { throw .notUTF8("The text is not UTF-8") }
    }

    /// Ends reading and gives up the memory of what was arriving.
    private mutating func finish() {
        self.isFinished = true
        self.frame = nil
        self.assembly = WSAssembly()
        self.control = []
    }
}
