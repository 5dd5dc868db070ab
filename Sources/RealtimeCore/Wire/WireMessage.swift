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
/// the frame, for connections whose transport frames by itself.
package struct WireMessage: Sendable {
    /// Payload and frame.
    package let framed: ByteBuffer
    /// The payload, a slice of the same storage.
    package let payload: ByteBuffer

    package init(framed: ByteBuffer, payload: ByteBuffer) {
        self.framed = framed
        self.payload = payload
    }

    /// The bytes for a connection.
    package func bytes(_ framing: Framing) -> ByteBuffer {
        switch framing {
        case .framed: self.framed
        case .bare: self.payload
        }
    }

    /// Which bytes a connection takes.
    package enum Framing: Sendable {
        /// The transport takes the bytes as they are.
        case framed
        /// The transport frames the payload itself.
        case bare
    }
}
