//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What happens to channels and rooms that no registered pattern matches.
public struct UnknownChannelPolicy: Hashable, Sendable {
    /// They are open while no pattern is registered, and denied as soon as one is. The default.
    public static let denyOncePatternsExist = UnknownChannelPolicy(allows: false)
    /// They are open; only `onSubscribe`, or `onJoinRoom`, decides.
    public static let allow = UnknownChannelPolicy(allows: true)

    let allows: Bool
}
