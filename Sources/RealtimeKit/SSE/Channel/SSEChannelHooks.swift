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
    /// `onConnect`, once it has been called.
    private let connecting = Mutex<Task<Void, Never>?>(nil)

    init(onConnect: SSEChannel.OnConnect?, onDisconnect: SSEChannel.OnDisconnect?, runner: HookRunner) {
        self.onConnect = onConnect
        self.onDisconnect = onDisconnect
        self.runner = runner
    }

    /// - Parameter onFailure: called when `onConnect` throws or takes too long.
    func connected(_ client: SSEClientInfo, onFailure: @escaping @Sendable (any Error) -> Void) {
        guard let onConnect else { return }
        let task = Task { [runner = self.runner] in
            do {
                try await runner.run { try await onConnect(client) }
            } catch {
                onFailure(error)
            }
        }
        self.connecting.withLock { $0 = task }
    }

    func disconnected(_ client: SSEClientInfo, _ reason: DisconnectReason) {
        guard let onDisconnect else { return }
        let connecting = self.connecting.withLock { $0.take() }
        Task { [runner = self.runner] in
            await connecting?.value
            runner.runDetached { await onDisconnect(client, reason) }
        }
    }
}
