//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import NIOCore
import RealtimeCore

/// What an endpoint without rooms does with its connections.
struct WSBehaviour: Sendable {
    /// The connections of all such endpoints.
    static let hub = WSManager.makeHub(.init(), logger: WSManager.defaultLogger, clock: SystemClock())

    /// What becomes of a message.
    enum OnMessage: Sendable {
        case work(@Sendable (WSSocket, WSMessage) async throws -> Void)
        /// The answer is there at once.
        case answer(@Sendable (WSMessage) throws -> WSMessage?)
    }

    let onOpen: (@Sendable (WSSocket) async throws -> Void)?
    let onMessage: OnMessage
    let onClose: (@Sendable (WSSocket, DisconnectReason) async -> Void)?

    /// Tells the application of a new connection; its messages wait meanwhile.
    func open(_ socket: WSSocket, _ session: WSSession) {
        guard let onOpen = self.onOpen else { return }
        self.run(session) { try await onOpen(socket) }
    }

    /// Has the application work for a connection.
    func run(_ session: WSSession, _ work: @escaping @Sendable () async throws -> Void) {
        session.perform(
            work,
            then: { result in
                if case .failure(let error) = result { Self.fail(error, session) }
            }
        )
    }

    /// The application does not know how to go on.
    static func fail(_ error: any Error, _ session: WSSession) {
        guard session.isOpen else { return }
        self.hub.log.logger.warning("A WebSocket's handler threw an error", metadata: ["rt.error": "\(type(of: error))"])
        session.end(.failed, code: .internalError)
    }
}

/// Gives the messages of one connection to the application.
final class WSHandlerReceiver: WSReceiver {
    private let socket: WSSocket
    private let behaviour: WSBehaviour

    init(_ socket: WSSocket, _ behaviour: WSBehaviour) {
        self.socket = socket
        self.behaviour = behaviour
    }

    func received(_ bytes: UnsafeRawBufferPointer, _ opcode: WSOpcode, on session: WSSession) {
        let message = WSMessage(opcode, bytes)
        switch self.behaviour.onMessage {
        case .work(let work):
            self.behaviour.run(session) { [socket = self.socket] in try await work(socket, message) }
        case .answer(let answer):
            do {
                guard let answer = try answer(message) else { return }
                session.reply(answer.opcode, answer.bytes)
            } catch {
                WSBehaviour.fail(error, session)
            }
        }
    }
}
