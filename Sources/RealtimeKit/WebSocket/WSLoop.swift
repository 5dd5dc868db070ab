//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RealtimeCore

/// What all WebSockets of an event loop share, because only one of them is read at a time.
final class WSLoop {
    /// Each thread sees its own.
    private nonisolated(unsafe) static let loops = ThreadSpecificVariable<WSLoop>()
    /// The most memory that is kept for the next answers.
    private static let maxKept = 64 << 10

    let scratch = WSScratch()
    /// What answers the piece of input that is being read, and whose it is.
    private var replies = ByteBuffer()
    private var owner: ObjectIdentifier?

    /// That of an event loop, which has to be the current one.
    static func current(_ eventLoop: any EventLoop) -> WSLoop {
        eventLoop.preconditionInEventLoop()
        if let loop = self.loops.currentValue { return loop }
        let loop = WSLoop()
        self.loops.currentValue = loop
        return loop
    }

    /// Adds to the answers of a connection.
    ///
    /// - Returns: how many bytes of them there are.
    func write(for session: WSSession, _ write: (inout ByteBuffer) -> Void) -> Int {
        // What a connection that is gone has left behind is for nobody.
        if self.owner != ObjectIdentifier(session) { self.replies.clear() }
        self.owner = ObjectIdentifier(session)
        write(&self.replies)
        return self.replies.readableBytes
    }

    /// Takes the answers of a connection; `nil` when there are none. ``reuse(_:)`` gives their memory back.
    func takeReplies(of session: WSSession) -> ByteBuffer? {
        guard self.owner == ObjectIdentifier(session) else { return nil }
        self.owner = nil
        defer { self.replies = ByteBuffer() }
        return self.replies
    }

    /// A connection is gone.
    func forget(_ session: WSSession) {
        if self.owner == ObjectIdentifier(session) { self.owner = nil }
    }

    func reuse(_ sent: consuming ByteBuffer) {
        guard sent.capacity <= Self.maxKept, self.replies.capacity == 0 else { return }
        // If somebody still holds the bytes this takes new memory for the next ones.
        sent.clear()
        self.replies = sent
    }
}
