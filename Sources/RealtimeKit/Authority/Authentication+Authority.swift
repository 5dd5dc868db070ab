//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Authentication {
    /// What the engine has to know.
    var authority: Authority {
        Authority(
            userID: self.userID,
            sessionID: self.sessionID,
            tokenID: self.tokenID,
            expiresAt: self.expiresAt,
            scopes: self.scopes
        )
    }

    /// How long a connection may go on with this; `nil` for ever.
    ///
    /// - Parameters:
    ///   - grace: how much longer, for the client to bring another credential.
    ///   - notice: what the client is told before, of the time at which the credential expires.
    func term(grace: Duration, notice: @escaping @Sendable (Date) -> WireMessage) -> AuthorityTerm? {
        guard let expiresAt = self.expiresAt else { return nil }
        // A hundred years are for ever, and fit.
        let seconds = min(max(expiresAt.timeIntervalSinceNow, -1e9), 3e9)
        return AuthorityTerm(remaining: .nanoseconds(Int64(seconds * 1e9)), grace: TimeAmount(grace)) { notice(expiresAt) }
    }
}

extension Date {
    /// Whole seconds since 1970, as clients are told times.
    var wholeSeconds: Int { Int(min(max(self.timeIntervalSince1970, 0), 1e12)) }
}
