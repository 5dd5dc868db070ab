//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

@testable import FuzzingModels

/// Frames, of clients and of servers. The first byte of the input says which limits there are, the stream follows.
enum WebSocketTarget {
    private struct Settings {
        let peer: WSFrameRules.Peer
        let inflates: Bool
        let maxMessageBytes: Int
        let maxFragments: Int
        /// Whether the reader is told to stop at each event.
        let pauses: Bool

        init(_ byte: UInt8) {
            self.peer = byte & 1 == 0 ? .client : .server
            self.inflates = byte & 2 != 0
            self.maxMessageBytes = [1 << 20, 16, 300, 1 << 16][Int(byte >> 2 & 3)]
            self.maxFragments = [1 << 20, 1, 2, 5][Int(byte >> 4 & 3)]
            self.pauses = byte & 0x40 != 0
        }

        var reader: WSReader {
            WSReader(maxMessageBytes: self.maxMessageBytes, maxFragments: self.maxFragments, inflates: self.inflates, peer: self.peer)
        }
    }

    private struct Outcome: Equatable {
        var seen: [WSReading.Seen] = []
        var error: WSProtocolError?
        var rest: [UInt8] = []
        var isFinished = false
    }

    // One for all readers, as on an event loop.
    nonisolated(unsafe) private static let scratch = WSScratch()

    static func run(_ input: FuzzInput) {
        guard let first = input.bytes.first else { return }
        let settings = Settings(first)
        let stream = Array(input.bytes.dropFirst())
        let outcomes = input.cuts(of: stream).map { Self.read($0, settings) }
        for outcome in outcomes.dropFirst() { requireEqual(outcomes[0], outcome, "events depend on the cuts: \(settings)") }
        if settings.peer == .client, !settings.inflates, stream.count <= 1024 {
            let (bytes, fragments) = (settings.maxMessageBytes, settings.maxFragments)
            let expected = WSReaderModel.seen(stream, maxMessageBytes: bytes, maxFragments: fragments)
            requireEqual(outcomes[0].seen, expected, "the reader and the model differ: \(settings)")
        }
        Self.checkWritten(input, stream, settings)
        Self.checkCompressed(input, stream)
    }

    private static func read(_ pieces: [ArraySlice<UInt8>], _ settings: Settings) -> Outcome {
        var reader = settings.reader
        var outcome = Outcome()
        var arrived = 0
        for piece in pieces where outcome.error == nil {
            arrived += piece.count
            outcome.rest += piece
            var stopped: Bool
            repeat {
                stopped = Self.step(&reader, &outcome, settings)
                // Memory is taken for what has arrived, in steps that double it; small arrays are a little larger than they were asked for.
                let held = min(arrived, settings.maxMessageBytes) + min(arrived, WSFrameEncoder.maxControlPayload)
                // Compressed messages become longer, and need the decompressor meanwhile.
                require(
                    reader.heldBytes <= (settings.inflates ? (192 << 10) + 20 * arrived : 2 * held) + 64,
                    "\(reader.heldBytes) bytes are held for \(arrived): \(settings)"
                )
            } while stopped
            require(outcome.rest.count < WSFrameHeader.maxSize, "\(outcome.rest.count) bytes were left in the buffer")
            require(!reader.isFinished || reader.heldBytes == 0, "a reader that is finished holds memory")
        }
        outcome.isFinished = reader.isFinished
        require(outcome.error == nil || reader.isFinished && outcome.rest.isEmpty, "a reader goes on after an error")
        return outcome
    }

    /// Reads once.
    ///
    /// - Returns: whether an event stopped the reader.
    private static func step(_ reader: inout WSReader, _ outcome: inout Outcome, _ settings: Settings) -> Bool {
        var seen: [WSReading.Seen] = []
        var stopped = false
        (outcome.rest, outcome.error) = ExactBuffer.with(outcome.rest) { buffer in
            do throws(WSProtocolError) {
                try reader.read(&buffer, scratch: Self.scratch) { event in
                    require(!stopped, "an event comes after the reader was told to stop")
                    seen.append(Self.checked(event, settings))
                    stopped = settings.pauses
                    return !stopped
                }
                return (Array(buffer.readableBytesView), nil)
            } catch {
                seen.append(.failed(error.closeCode.rawValue))
                return (Array(buffer.readableBytesView), error)
            }
        }
        outcome.seen += seen
        return stopped
    }

    private static func checked(_ event: WSReader.Event, _ settings: Settings) -> WSReading.Seen {
        let seen = WSReading.Seen(event)
        switch seen {
        case .text(let bytes):
            require(bytes.count <= settings.maxMessageBytes, "a text passes the limit")
            require(UTF8Oracle.isValid(bytes), "a text is not UTF-8")
        case .binary(let bytes):
            require(bytes.count <= settings.maxMessageBytes, "a message passes the limit")
        case .ping(let bytes), .pong(let bytes):
            require(bytes.count <= WSFrameEncoder.maxControlPayload, "a control frame is too long")
        case .close(let code, let reason):
            require(reason.count <= WSFrameEncoder.maxReason && UTF8Oracle.isValid(reason), "a reason that is not allowed")
            require(code.map { WSCloseCode(rawValue: $0).isSendable } ?? true, "a code that is not allowed")
        case .failed:
            break
        }
        return seen
    }

    // MARK: The writer

    /// What the encoder writes of some bytes reads as the same: as one message, as one in fragments with a ping inside, and as control frames.
    private static func checkWritten(_ input: FuzzInput, _ bytes: [UInt8], _ settings: Settings) {
        // Now and then longer than the memory that frames are unmasked into, and than what 16 bits can say.
        let times = input.number(below: 256, 1) == 0 && !bytes.isEmpty ? WSScratch.capacity / bytes.count + 2 : 1
        let payload = Array(repeatElement(bytes, count: times).joined())
        let mask = settings.peer == .client ? WSMask(key: UInt32(input.number(below: 1 << 32, 2))) : nil
        let plain = Settings(settings.peer == .client ? 0 : 1)
        let isText = UTF8Oracle.isValid(payload)
        let message: WSReading.Seen = isText ? .text(payload) : .binary(payload)
        let opcode: WSOpcode = isText ? .text : .binary
        let short = Array(payload.prefix(WSFrameEncoder.maxControlPayload))

        var buffer = ByteBuffer()
        ExactBuffer.withBytes(payload) { WSFrameEncoder.write(opcode, $0, mask: mask, into: &buffer) }
        let size = WSFrameEncoder.headerSize(length: payload.count) + (mask == nil ? 0 : 4) + payload.count
        requireEqual(buffer.readableBytes, size, "a frame does not have the size that was said")

        let fragments = input.cuts(of: payload)[1]
        for (index, fragment) in fragments.enumerated() {
            ExactBuffer.withBytes(fragment) {
                WSFrameEncoder.write(index == 0 ? opcode : .continuation, $0, isFinal: index == fragments.count - 1, mask: mask, into: &buffer)
            }
            WSFrameEncoder.write(.ping, ByteBuffer(bytes: payload), mask: mask, into: &buffer)
        }
        if fragments.isEmpty { WSFrameEncoder.write(opcode, ByteBuffer(), mask: mask, into: &buffer) }
        var expected = [message] + fragments.map { _ in .ping(short) }
        expected.insert(message, at: fragments.isEmpty ? 1 : expected.count - 1)

        let code = WSCloseCode(rawValue: UInt16(input.number(below: 1 << 16, 3)))
        WSFrameEncoder.writeClose(code, reason: input.text, mask: mask, into: &buffer)

        let stream = Array(buffer.readableBytesView)
        var seen = Self.read(input.cuts(of: stream)[1], plain).seen
        guard case .close(let readCode, let reason)? = seen.popLast() else { fatalError("a close frame that was written is not read") }
        requireEqual(readCode, code.isSendable ? code.rawValue : nil, "a close code is another one when it is read")
        require(input.text.utf8.starts(with: reason), "a reason is another one when it is read")
        requireEqual(seen, expected, "what was written is not what is read")
    }

    /// What is compressed for clients reads as the same, however it is cut.
    private static func checkCompressed(_ input: FuzzInput, _ bytes: [UInt8]) {
        // Longer than what the decompressor hands on at a time, now and then.
        let times = input.number(below: 64, 4) == 0 && !bytes.isEmpty ? (64 << 10) / bytes.count + 1 : input.number(below: 8, 5)
        let payload = Array(repeatElement(bytes, count: times).joined())
        let isText = UTF8Oracle.isValid(payload)
        var buffer = ByteBuffer()
        WSDeflateEncoder.write(isText ? .text : .binary, ByteBuffer(bytes: payload), into: &buffer)
        let stream = Array(buffer.readableBytesView)
        for cut in input.cuts(of: stream) {
            let outcome = Self.read(cut, Settings(3))
            requireEqual(outcome.seen, [isText ? .text(payload) : .binary(payload)], "what was compressed is not what is read")
        }
    }
}
