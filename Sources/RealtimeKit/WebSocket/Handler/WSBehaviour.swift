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

    let onOpen: (@Sendable (WSSocket) async throws -> Void)?
    let onMessage: @Sendable (WSSocket, WSMessage) async throws -> Void
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
                guard case .failure(let error) = result, session.isOpen else { return }
                Self.hub.log.logger.warning("A WebSocket's handler threw an error", metadata: ["rt.error": "\(type(of: error))"])
                session.end(.failed, code: .internalError)
            }
        )
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
        self.behaviour.run(session) { [socket = self.socket, behaviour = self.behaviour] in
            try await behaviour.onMessage(socket, message)
        }
    }
}
