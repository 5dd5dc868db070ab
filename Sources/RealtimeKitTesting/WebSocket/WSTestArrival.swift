//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import RealtimeCore
package import RealtimeKit

/// What has come from the server of a ``WSTestClient``.
package enum WSTestArrival: Sendable {
    /// The answer to the handshake.
    case head(SSETestClient.Head)
    /// More of the body of a refusal.
    case body(ByteBuffer)
    /// The end of that body.
    case bodyEnd
    case frame(Frame)
    /// The server broke a rule; nothing more is read.
    case broken(BrokenResponse)

    /// A frame, and what is complete with it.
    package struct Frame: Sendable {
        package let frame: WSTestFrame
        package let event: Event?

        init(_ frame: WSTestFrame, completes event: Event?) {
            self.frame = frame
            self.event = event
        }
    }

    /// What one frame or several of them mean.
    package enum Event: Hashable, Sendable {
        case message(WSMessage)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        case close(WSTestClient.Close)

        init(_ event: WSReader.Event) {
            switch event {
            case .text(let bytes): self = .message(.text(String(decoding: bytes, as: UTF8.self)))
            case .binary(let bytes): self = .message(.binary(ByteBuffer(bytes: bytes)))
            case .ping(let bytes): self = .ping(ByteBuffer(bytes: bytes))
            case .pong(let bytes): self = .pong(ByteBuffer(bytes: bytes))
            case .close(let code, let reason): self = .close(.init(code, String(decoding: reason, as: UTF8.self)))
            }
        }
    }
}
