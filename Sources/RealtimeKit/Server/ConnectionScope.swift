//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// The connection that the current task serves requests of; set by `.realtime()`.
struct ConnectionScope: Sendable {
    @TaskLocal static var current: ConnectionScope?

    let channel: any Channel
    /// Whether nothing stands between the HTTP handlers and the socket, such as TLS. Direct writes are allowed only then.
    let isPlain: Bool
}
