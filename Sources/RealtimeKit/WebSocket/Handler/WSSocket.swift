//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes
import NIOCore
import RealtimeCore
import Synchronization

/// An open WebSocket of a ``WSHandler``. May be used from several tasks; what they send goes out in the order of their calls.
public final class WSSocket: Sendable {
    private enum State {
        case opening
        case open(Connection, NIOLoopBound<WSSession>)
        case ended
    }

    /// The id of the connection.
    public let id: ConnectionID
    /// The head of the request that opened the connection, without the fields that are about the handshake itself (`Upgrade`,
    /// `Sec-WebSocket-Key` and their like).
    public let request: HTTPRequest
    /// The subprotocol that was chosen; `nil` for none.
    public let subprotocol: String?

    private let eventLoop: any EventLoop
    private let state = Mutex(State.opening)
    private let end = Signal()

    init(id: ConnectionID, request: HTTPRequest, subprotocol: String?, eventLoop: any EventLoop) {
        self.id = id
        self.request = request
        self.subprotocol = subprotocol
        self.eventLoop = eventLoop
    }

    /// Sends a message and waits until the client has room for another.
    ///
    /// - Throws: `CancellationError` when the connection has ended.
    public func send(_ message: WSMessage) async throws {
        guard case .open(let connection, let session) = self.state.withLock({ $0 }) else { throw CancellationError() }
        // An answer to the message that is being read joins the others of its kind.
        if self.eventLoop.inEventLoop, session.value.takesReplies {
            return session.value.reply(message.opcode, message.bytes)
        }
        try Task.checkCancellation()
        guard await WSBehaviour.hub.offer(message.frame, to: connection) else { throw CancellationError() }
    }

    /// Sends a text and waits until the client has room for another message.
    ///
    /// - Throws: `CancellationError` when the connection has ended.
    public func send(_ text: String) async throws { try await self.send(.text(text)) }

    /// Ends the connection; what was sent before still arrives.
    ///
    /// - Parameters:
    ///   - code: what the client is told; 1000 by default. One that may not be sent (see ``WSCloseCode/isSendable``) is left out.
    ///   - reason: more about it, for the client; what is longer than 123 bytes of UTF-8 is cut.
    public func close(code: WSCloseCode = .normal, reason: String = "") {
        guard case .open(_, let session) = self.state.withLock({ $0 }) else { return }
        if self.eventLoop.inEventLoop {
            session.value.end(.completed, code: code, reason)
        } else {
            _ = WSBehaviour.hub.end([self.id], .completed, farewell: .close(code, reason))
        }
    }

    /// Waits until the connection has ended.
    public var closed: Void {
        get async { await self.end.wait() }
    }

    // MARK: From the connection

    func opened(_ connection: Connection?, _ session: WSSession?) {
        guard let connection, let session else { return self.ended() }
        let bound = NIOLoopBound(session, eventLoop: self.eventLoop)
        self.state.withLock { state in
            if case .opening = state { state = .open(connection, bound) }
        }
    }

    func ended() {
        self.state.withLock { $0 = .ended }
        self.end.send()
    }
}
