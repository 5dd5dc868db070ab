//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// All values of a request's headers that proxies write, each line as it came, in order.
package struct ForwardedHeaders: Hashable, Sendable {
    /// The lines of `X-Forwarded-For`.
    package var xForwardedFor: [String]
    /// The lines of `X-Forwarded-Proto`.
    package var xForwardedProto: [String]
    /// The lines of `X-Forwarded-Host`.
    package var xForwardedHost: [String]
    /// The lines of `Forwarded`.
    package var forwarded: [String]

    package init(
        xForwardedFor: [String] = [],
        xForwardedProto: [String] = [],
        xForwardedHost: [String] = [],
        forwarded: [String] = []
    ) {
        self.xForwardedFor = xForwardedFor
        self.xForwardedProto = xForwardedProto
        self.xForwardedHost = xForwardedHost
        self.forwarded = forwarded
    }
}
