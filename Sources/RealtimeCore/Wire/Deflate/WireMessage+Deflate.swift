//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

extension WireMessage {
    /// The message with a compressed form beside it (RFC 7692 §6.1), for the connections that take it. Nothing is added where that would not
    /// be shorter, and for messages that were not made by ``webSocket(_:capacity:write:)``.
    ///
    /// - Parameters:
    ///   - minBytes: shorter payloads are left as they are.
    ///   - maxBytes: so are longer ones.
    package func deflated(from minBytes: Int, upTo maxBytes: Int = .max) -> WireMessage {
        guard self.deflated == nil, self.payload.readableBytes >= minBytes, self.payload.readableBytes <= maxBytes else { return self }
        guard let first = self.framed.getInteger(at: self.framed.readerIndex, as: UInt8.self) else { return self }
        guard let opcode = WSOpcode(rawValue: first & 0x0f), !opcode.isControl else { return self }
        guard let buffer = WSDeflateEncoder.frame(opcode, self.payload), buffer.readableBytes < self.framed.readableBytes else { return self }
        return WireMessage(framed: self.framed, payload: self.payload, deflated: buffer)
    }
}
