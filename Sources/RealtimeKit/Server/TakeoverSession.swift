//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// What is spoken on a connection that has been taken over. Belongs to the connection's event loop; its ``TakeoverHandler`` keeps it.
protocol TakeoverSession: AnyObject {
    /// Which bytes of a message are sent on HTTP/1.1.
    var framing: WireMessage.Framing { get }
    /// Whether bytes that came behind the request are for the session; otherwise they are requests that nobody answers.
    var readsRemainder: Bool { get }
    /// Whether more is to be read now.
    var wantsInput: Bool { get }

    /// The session can begin: nothing of HTTP is left on the connection, and the greeting has been sent.
    func begin(_ handler: TakeoverHandler)
    /// The engine serves the connection.
    func serve(_ connection: Connection)
    /// Bytes came.
    func received(_ bytes: ByteBuffer)
    /// What there was to read has been read.
    func receivedAll()
    /// The client has closed its side (FIN), and the connection ends.
    ///
    /// - Returns: why it ends.
    func inputClosed() -> DisconnectReason
    /// All that the engine had to say is with the kernel.
    func caughtUp()
    /// The connection ends: the last message is with the kernel.
    func finish(_ handler: TakeoverHandler)
    /// The connection is gone.
    func gone()
}
