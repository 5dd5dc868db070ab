//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

extension SSEResponse {
    /// Makes a response whose body a closure writes byte by byte: events in their wire form, cut anywhere. There is no heartbeat, which
    /// could end up in the middle of an event.
    public static func bytes(_ work: @escaping @Sendable (SSEByteWriter) async throws -> Void) -> SSEResponse {
        SSEResponse(Configuration(), heartbeat: SSEHeartbeat.noSource) { stream in try await work(SSEByteWriter(stream: stream)) }
    }
}

/// Writes the bytes of an ``SSEResponse``.
public struct SSEByteWriter: Sendable {
    /// So many bytes are handed over at a time: a client has to take each portion in 10 s.
    private static let portion = 64 * 1024

    let stream: SSEResponseStream

    /// Writes bytes and waits until the client has room for more.
    ///
    /// - Throws: `CancellationError` when the stream is closed.
    public func write(_ bytes: ByteBuffer) async throws {
        var rest = bytes
        while rest.readableBytes > 0, let next = rest.readSlice(length: min(Self.portion, rest.readableBytes)) {
            try await self.stream.write(next)
        }
    }

    /// Waits until the stream has ended; see ``SSEResponseStream/closed``.
    public var closed: Void {
        get async { await self.stream.closed }
    }
}
