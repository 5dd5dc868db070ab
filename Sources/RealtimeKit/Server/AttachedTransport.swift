//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import RealtimeCore

/// A way to a client for connections that are not taken over: the request's task stays for as long as the stream.
protocol AttachedTransport: ConnectionTransport {
    /// Stays until the stream ends, and writes what is for the task to write.
    ///
    /// - Throws: when the stream was given up, and what the writer throws.
    func run(_ writer: inout any ResponseBodyWriter) async throws
}
