//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Channel patterns.
///
/// As long as no pattern is registered every name is a channel. As soon as one is, a name that none matches is denied (see
/// ``UnknownChannelPolicy``). The first pattern that matches counts, in the order of registration; the same pattern again replaces the
/// earlier one in its place. Where the plugin also has `onSubscribe`, both have to agree.
extension SSEManager {
    /// Registers a pattern with options.
    ///
    /// - Parameter pattern: such as `users/:id`, `teams/:teamId/updates` or `files/*path`; see ``TopicPattern``.
    /// - Throws: ``RealtimeError`` for a bad pattern or a bad heartbeat interval.
    public nonisolated func channel(_ pattern: String, _ options: SSEChannelOptions = .init()) throws(RealtimeError) {
        try options.validate()
        self.rules.add(try TopicPattern(pattern), options)
    }

    /// Registers a pattern whose subscriptions are decided on.
    ///
    /// ```swift
    /// try SSEManager.shared.channel("users/:id") { info, parameters in
    ///     info.userID == parameters["id"]
    /// }
    /// ```
    ///
    /// - Throws: ``RealtimeError`` for a bad pattern.
    public nonisolated func channel(_ pattern: String, authorize: @escaping SSEAuthorizer) throws(RealtimeError) {
        try self.channel(pattern, SSEChannelOptions(authorize: authorize))
    }
}
