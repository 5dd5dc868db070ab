//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
public import NIOCore
public import RealtimeCore
public import RealtimeKit

/// What a client in good order sends.
extension WSTestClient {
    /// Sends a text.
    public func send(_ text: String) async throws { try await self.send(frame: .text(text)) }

    /// Sends a text of a value's JSON.
    public func send(json value: some Encodable) async throws {
        try await self.send(String(decoding: JSONEncoder().encode(value), as: UTF8.self))
    }

    /// Sends a binary message.
    public func send(binary bytes: ByteBuffer) async throws { try await self.send(frame: .binary(bytes)) }

    /// Sends a message.
    public func send(_ message: WSMessage) async throws {
        try await self.send(frame: WSTestFrame(opcode: message.kind == .text ? 1 : 2, payload: message.bytes))
    }

    /// Sends a protocol ping. The pong is among the frames (``nextFrame()``); ``roundTrip()`` waits for it.
    public func ping(_ text: String = "") async throws { try await self.send(frame: .ping(text)) }

    /// Sends a protocol pong that answers nothing.
    public func pong(_ text: String = "") async throws { try await self.send(frame: .pong(text)) }

    /// Sends a close frame. The server's answer is waited for with ``untilClose()``.
    ///
    /// - Parameters:
    ///   - code: why; `nil` makes a frame without a code.
    ///   - reason: more about it, at most 123 bytes of UTF-8.
    public func close(_ code: WSCloseCode? = .normal, reason: String = "") async throws {
        self.hasClosed = true
        try await self.send(frame: .close(code?.rawValue, reason))
    }

    /// Leaves in good order, whatever the server thinks of it: sends a close frame unless there was one, and closes the connection.
    public func leave() async {
        if !self.hasClosed, self.head?.status == 101 { try? await self.close() }
        await self.socket.close()
    }
}
