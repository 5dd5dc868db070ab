//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// An event stream: it has no input. What a client sends all the same is read, because behind what nobody reads the end of the connection
/// would never be seen, and not looked at.
final class EventStreamSession: TakeoverSession {
    /// The most bytes that a client may send behind its request.
    private static let maxInput = 64 * 1024

    private weak var handler: TakeoverHandler?
    private var inputBytes = 0

    var framing: WireMessage.Framing { .framed }

    var readsRemainder: Bool { false }
    var wantsInput: Bool { true }
    /// Half closure is on in Hummingbird. On an event stream the client's FIN means that it is gone.
    func inputClosed() -> DisconnectReason { .clientClosed }

    func begin(_ handler: TakeoverHandler) { self.handler = handler }

    func serve(_ connection: Connection) {}

    func received(_ bytes: ByteBuffer) {
        self.inputBytes += bytes.readableBytes
        if self.inputBytes > Self.maxInput { self.handler?.close(.limit) }
    }

    func receivedAll() {}

    func caughtUp() {}

    func finish(_ handler: TakeoverHandler) {
        if handler.framing == .framed { handler.write(last: WireMessage.lastChunk) }
        handler.closeOutput { handler.close() }
    }

    func gone() {}
}
