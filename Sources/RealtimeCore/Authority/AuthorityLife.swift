//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// When a client is told that its credential is about to expire, and when its connection ends.
package struct AuthorityLife: Sendable {
    /// After so many percent of its life a credential is about to expire.
    private static let noticePercent: Int64 = 80

    package enum Action: Equatable, Sendable {
        case nothing
        /// Tell the client.
        case notice
        /// End the connection.
        case end
    }

    private var notice: NIODeadline?
    private let end: NIODeadline

    /// Begins with a credential.
    package init(remaining: TimeAmount, grace: TimeAmount, now: NIODeadline) {
        let remaining = remaining.nanoseconds
        // Whoever comes with an expired credential knows.
        self.notice = remaining > 0 ? now + .nanoseconds(remaining / 100 * Self.noticePercent) : nil
        self.end = now + .nanoseconds(max(0, remaining.addingReportingOverflow(max(0, grace.nanoseconds)).partialValue))
    }

    /// When there is something to do next.
    package var deadline: NIODeadline { self.notice ?? self.end }

    /// Says what is to be done at a time. The notice is asked for once.
    package mutating func action(at now: NIODeadline) -> Action {
        if self.end <= now { return .end }
        guard let notice, notice <= now else { return .nothing }
        self.notice = nil
        return .notice
    }
}
