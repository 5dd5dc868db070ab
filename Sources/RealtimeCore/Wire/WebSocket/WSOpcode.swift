//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What a WebSocket frame carries (RFC 6455 §5.2).
package enum WSOpcode: UInt8, CaseIterable, Sendable {
    /// More of the message that an earlier frame began.
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xa

    /// Whether a frame speaks of the connection and not of a message: such frames are short, whole, and allowed inside a message.
    package var isControl: Bool { self.rawValue & 0x8 != 0 }
}
