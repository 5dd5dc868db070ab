//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// How long a connection may go on with the credential that it has.
package struct AuthorityTerm: Sendable {
    /// How long the credential is still good, from now; below zero when it is not.
    package let remaining: TimeAmount
    /// How long the connection may go on after that, for its client to bring a new one.
    package let grace: TimeAmount
    /// What the client is told before the end.
    package let makeNotice: @Sendable () -> WireMessage

    package init(remaining: TimeAmount, grace: TimeAmount, makeNotice: @escaping @Sendable () -> WireMessage) {
        self.remaining = remaining
        self.grace = grace
        self.makeNotice = makeNotice
    }
}
