//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Synchronization

/// Tells the application of one client: of its end only when it has been told of its beginning.
final class SSEChannelHooks: Sendable {
    private let onConnect: SSEChannel.OnConnect?
    private let onDisconnect: SSEChannel.OnDisconnect?
    private let runner: HookRunner
    private enum State {
        case new
        /// `onConnect` has been called.
        case told(Task<Void, Never>?)
        case over
    }

    private let state = Mutex(State.new)

    init(onConnect: SSEChannel.OnConnect?, onDisconnect: SSEChannel.OnDisconnect?, runner: HookRunner) {
        self.onConnect = onConnect
        self.onDisconnect = onDisconnect
        self.runner = runner
    }

    /// - Parameter onFailure: called when `onConnect` throws or takes too long.
    func connected(_ client: SSEClientInfo, onFailure: @escaping @Sendable (any Error) -> Void) {
        // A client may be gone before anybody was told of it.
        guard case .new = self.state.withLock({ $0 }) else { return }
        guard let onConnect else { return self.state.withLock { $0 = .told(nil) } }
        let task = Task { [runner = self.runner] in
            do {
                try await runner.run { try await onConnect(client) }
            } catch {
                onFailure(error)
            }
        }
        self.state.withLock { $0 = .told(task) }
    }

    func disconnected(_ client: SSEClientInfo, _ reason: DisconnectReason) {
        let former = self.state.withLock { state in
            defer { state = .over }
            return state
        }
        guard let onDisconnect, case .told(let connecting) = former else { return }
        Task { [runner = self.runner] in
            await connecting?.value
            runner.runDetached { await onDisconnect(client, reason) }
        }
    }
}
