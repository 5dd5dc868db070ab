//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeCore

/// What an ``SSEPlugin`` does. A class, so that each stream holds no more than a reference.
final class SSEEndpoint<Context: RequestContext, User: Sendable>: Sendable {
    let manager: SSEManager
    let configuration: SSEConfiguration
    let heartbeat: HeartbeatSource
    let hooks: SSEHooks<User>
    let runner: HookRunner
    let fallbackNotice = OnceFlag()
    /// The open streams whose clients may change their channels; `nil` when none may.
    let live: SSELiveStreams<User>?
    /// Whether clients may bring another credential for an open stream.
    let refreshes: Bool
    /// Who may connect.
    let admission: Admission<Context, User>

    /// Makes an endpoint.
    ///
    /// - Parameter configuration: one that has been validated.
    init(
        manager: SSEManager,
        configuration: SSEConfiguration,
        heartbeat: HeartbeatSource,
        hooks: SSEHooks<User>,
        authenticator: Authenticator<Context, User>
    ) {
        self.manager = manager
        self.configuration = configuration
        self.heartbeat = heartbeat
        self.hooks = hooks
        self.runner = HookRunner(timeout: configuration.hookTimeout, limit: configuration.maxRunningHooks, clock: manager.hub.clock)
        self.live = configuration.liveSubscriptions ? SSELiveStreams() : nil
        self.refreshes = authenticator.hasResolver && configuration.refresh.isAllowed
        self.admission = Admission(
            hub: manager.hub,
            limiter: manager.limiter,
            denyList: manager.denyList,
            runner: self.runner,
            authenticator: authenticator,
            onConnect: hooks.onConnect
        )
    }
}
