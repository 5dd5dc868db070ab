//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// How the engine reaches one client. Used on the connection's event loop only.
///
/// The transport tells its ``Connection`` when a write is done and when the client is gone.
package protocol ConnectionTransport: AnyObject {
    /// The socket, when bytes may be written to it past NIO while NIO has nothing pending; -1 otherwise.
    var descriptor: CInt { get }
    /// Which bytes the transport takes.
    var framing: WireMessage.Framing { get }
    /// Whether the transport reads what the client sends. While it does not, the client's silence means nothing.
    var isReading: Bool { get }
    /// Begins to tell a connection what happens. Called once, before anything is written.
    func serve(_ connection: Connection)
    /// The greeting has been sent: the connection is in its place.
    func attached()
    /// Writes the buffers in order and calls ``Connection/writeCompleted()`` once all of them are with the kernel.
    func write(_ buffers: [ByteBuffer])
    /// Nothing waits any more: all that was sent is with the kernel.
    func caughtUp()
    /// Ends the stream in its transport's way, then closes. Called once, when nothing is under way.
    func finish()
    /// Closes at once; what is under way is lost.
    func abort()
}

extension ConnectionTransport {
    package var isReading: Bool { true }

    package func attached() {}

    package func caughtUp() {}
}
