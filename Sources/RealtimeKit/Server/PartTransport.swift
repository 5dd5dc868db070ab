//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import RealtimeCore

/// The way to a client on a connection that frames by itself: a stream of HTTP/2, or handlers that are not known. The engine writes parts
/// of the response's body straight into the channel; the request's task only waits for the end.
///
/// `@unchecked Sendable`: `connection` belongs to the channel's event loop.
final class PartTransport: AttachedTransport, @unchecked Sendable {
    let descriptor: CInt = -1
    let framing = WireMessage.Framing.bare
    private let channel: any Channel
    private let end = FirstResult<Void>()
    private var connection: Connection?

    init(channel: any Channel) {
        self.channel = channel
    }

    // MARK: The engine's side, on its loop

    func serve(_ connection: Connection) {
        self.connection = connection
    }

    func write(_ buffers: [ByteBuffer]) {
        guard let last = buffers.last else { return }
        for buffer in buffers.dropLast() { self.channel.write(HTTPResponsePart.body(buffer), promise: nil) }
        // Completed when the flow control of HTTP/2 has let all of it pass, so that a stalled client is noticed.
        let written = self.channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolatedUnsafeUnchecked().whenSuccess { self.connection?.writeCompleted() }
        self.channel.writeAndFlush(HTTPResponsePart.body(last), promise: written)
    }

    func finish() { self.end.finish(.success(())) }

    func abort() {
        self.end.finish(.failure(CancellationError()))
        HardClose.close(self.channel)
    }

    // MARK: The task's side

    func run(_ writer: inout any ResponseBodyWriter) async throws {
        try await self.end.wait()
    }
}
