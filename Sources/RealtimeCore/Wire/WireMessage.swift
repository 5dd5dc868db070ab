//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// One encoded message, shared by everyone who receives it.
///
/// The bytes carry the transport's framing ready made (an HTTP/1.1 chunk around a Server-Sent Event). The payload is the part inside
/// the frame, for connections whose transport frames by itself. A WebSocket's message may have a compressed form beside it.
package struct WireMessage: Sendable {
    /// Payload and frame.
    package let framed: ByteBuffer
    /// The payload, a slice of the same storage.
    package let payload: ByteBuffer
    /// The compressed payload and its frame, for connections that have agreed to that.
    package let deflated: ByteBuffer?

    package init(framed: ByteBuffer, payload: ByteBuffer, deflated: ByteBuffer? = nil) {
        self.framed = framed
        self.payload = payload
        self.deflated = deflated
    }

    /// The bytes for a connection.
    package func bytes(_ framing: Framing) -> ByteBuffer {
        switch framing {
        case .framed: self.framed
        case .bare: self.payload
        case .deflated(let maxBytes): self.payload.readableBytes <= maxBytes ? self.deflated ?? self.framed : self.framed
        }
    }

    /// Which bytes a connection takes.
    package enum Framing: Hashable, Sendable {
        /// The transport takes the bytes as they are.
        case framed
        /// The transport frames the payload itself.
        case bare
        /// The transport takes the compressed form of payloads up to a length, and all others as they are.
        case deflated(upTo: Int)
    }
}
