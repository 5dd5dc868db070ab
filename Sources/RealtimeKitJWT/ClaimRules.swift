//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What has to hold of the claims in a token whose signature is good.
struct ClaimRules: Sendable {
    let leeway: TimeInterval
    let requiresExpiry: Bool
    let requiresSubject: Bool

    /// Checks claims at a time.
    ///
    /// - Parameter audience: what has to be among those for whom the token was made; `nil` when that does not matter.
    func check(_ claims: JWTClaims, audience: String?, at now: Date) throws(JWTRefusal) {
        if let expiresAt = claims.expiresAt {
            guard now < expiresAt + self.leeway else { throw .expired }
        } else if self.requiresExpiry {
            throw .invalidClaim
        }
        for start in [claims.notBefore, claims.issuedAt] {
            if let start, !(now + self.leeway >= start) { throw .notYetValid }
        }
        if let audience {
            guard claims.audience.contains(where: { $0.utf8.elementsEqual(audience.utf8) }) else { throw .wrongAudience }
        }
        if self.requiresSubject, claims.subject.isEmpty { throw .invalidClaim }
    }
}
