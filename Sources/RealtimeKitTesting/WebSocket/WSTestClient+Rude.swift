//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

/// Being a bad client, and one that has bad luck.
extension WSTestClient {
    /// Sends a frame as it is: one of a message in several, or one that no client may send.
    ///
    /// - Parameter masked: whether it is masked, as it has to be.
    public func send(frame: WSTestFrame, masked: Bool = true) async throws { try await self.send(raw: frame.bytes(masked: masked)) }

    /// Sends bytes as they are.
    public func send(raw bytes: ByteBuffer) async throws { try await self.socket.send(bytes) }

    /// Stops reading: the buffers of both sides fill, and then the server's outbox for this client. Pings are not answered any more.
    public func stall() async throws { try await self.socket.stall() }

    /// Reads again after ``stall()``.
    public func unstall() async throws { try await self.socket.unstall() }

    /// Cuts the connection without a farewell, as a phone in a tunnel does.
    public func cut() async throws { try await self.socket.reset() }

    /// Closes the client's side only: sends a FIN, without a close frame in front of it.
    public func closeOutput() async throws { try await self.socket.closeOutput() }
}
