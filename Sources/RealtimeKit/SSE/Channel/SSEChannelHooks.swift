//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Synchronization

/// Tells the application of one client: first that it came, and then that it left, each once.
final class SSEChannelHooks: Sendable {
    private let onConnect: SSEChannel.OnConnect?
    private let onDisconnect: SSEChannel.OnDisconnect?
    private let runner: HookRunner
    private enum State {
        case new
        /// `onConnect` has been called.
        case told(Task<Void, Never>?)
        /// It left before anybody could be told that it came.
        case gone(SSEClientInfo, DisconnectReason)
        case over
    }

    private let state = Mutex(State.new)

    init(onConnect: SSEChannel.OnConnect?, onDisconnect: SSEChannel.OnDisconnect?, runner: HookRunner) {
        self.onConnect = onConnect
        self.onDisconnect = onDisconnect
        self.runner = runner
    }

    /// Called once, on the connection's event loop, for every client that is registered.
    ///
    /// - Parameter onFailure: called when `onConnect` throws or takes too long.
    func connected(_ client: SSEClientInfo, onFailure: @escaping @Sendable (any Error) -> Void) {
        let task = self.onConnect.map { onConnect in
            Task { [runner = self.runner] in
                do {
                    try await runner.run { try await onConnect(client) }
                } catch {
                    onFailure(error)
                }
            }
        }
        let end = self.state.withLock { state -> (client: SSEClientInfo, reason: DisconnectReason)? in
            guard case .gone(let client, let reason) = state else {
                state = .told(task)
                return nil
            }
            state = .over
            return (client, reason)
        }
        if let end { self.tell(end.client, end.reason, after: task) }
    }

    /// Called once, on the connection's event loop, when the client is gone; which may be before ``connected(_:onFailure:)``.
    func disconnected(_ client: SSEClientInfo, _ reason: DisconnectReason) {
        let former = self.state.withLock { state in
            let former = state
            if case .new = former { state = .gone(client, reason) } else { state = .over }
            return former
        }
        if case .told(let connecting) = former { self.tell(client, reason, after: connecting) }
    }

    private func tell(_ client: SSEClientInfo, _ reason: DisconnectReason, after connecting: Task<Void, Never>?) {
        guard let onDisconnect else { return }
        Task { [runner = self.runner] in
            await connecting?.value
            runner.runDetached { await onDisconnect(client, reason) }
        }
    }
}
