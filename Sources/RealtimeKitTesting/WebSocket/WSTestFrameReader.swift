//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import RealtimeCore
import RealtimeKit

/// Reads a server's frames strictly, cut anywhere: what RFC 6455 forbids a server is a ``BrokenResponse``.
package struct WSTestFrameReader {
    /// Takes the frames as they are, so that tests can look at them.
    private var bytes = ByteBuffer()
    private var isInMessage = false
    /// Says what they mean, and whether that is allowed.
    private var reader: WSReader
    private let scratch = WSScratch()
    private let inflates: Bool

    /// Makes a reader.
    ///
    /// - Parameter inflates: whether messages may be compressed.
    package init(inflates: Bool = false) {
        self.inflates = inflates
        self.reader = WSReader(maxMessageBytes: 1 << 40, maxFragments: .max, inflates: inflates, peer: .server)
    }

    /// Takes the next bytes.
    ///
    /// - Parameter frames: gets the frames that are complete now, those in front of a broken one as well.
    package mutating func read(_ more: ByteBuffer, into frames: inout [WSTestArrival.Frame]) throws(BrokenResponse) {
        self.bytes.writeImmutableBuffer(more)
        do throws(WSProtocolError) {
            while let frame = try self.next() { frames.append(frame) }
        } catch {
            throw BrokenResponse(what: "\(error.reason) (\(error.closeCode))")
        }
        self.bytes.discardReadBytes()
        if self.reader.isFinished, self.bytes.readableBytes > 0 {
            throw BrokenResponse(what: "\(self.bytes.readableBytes) bytes behind a close frame")
        }
    }

    private mutating func next() throws(WSProtocolError) -> WSTestArrival.Frame? {
        guard !self.reader.isFinished else { return nil }
        let rules = WSFrameRules(peer: .server, allowsRSV1: self.inflates, isInMessage: self.isInMessage)
        let header = try self.bytes.withUnsafeReadableBytes { bytes throws(WSProtocolError) in try WSFrameHeader.parse(bytes, rules) }
        guard let header, header.length <= self.bytes.readableBytes - header.size,
            var whole = self.bytes.readSlice(length: header.size + header.length)
        else { return nil }
        var payload = whole
        payload.moveReaderIndex(forwardBy: header.size)
        if !header.opcode.isControl { self.isInMessage = !header.isFinal }
        var event: WSTestArrival.Event?
        try self.reader.read(&whole, scratch: self.scratch) {
            event = WSTestArrival.Event($0)
            return true
        }
        let frame = WSTestFrame(opcode: header.opcode.rawValue, payload: payload, isFinal: header.isFinal, rsv: header.rsv1 ? 4 : 0)
        return WSTestArrival.Frame(frame, completes: event)
    }
}
