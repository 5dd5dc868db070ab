//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Asks the application anew about what a connection may do.
package protocol Reauthorizing: Sendable {
    /// Asks, and takes away what is denied.
    func reauthorize() async
}

/// What a connection is opened with, or goes on with: who it is, for how long, and who can be asked about that.
package struct AuthorityGrant: Sendable {
    package let authority: Authority
    /// How long that lasts; `nil` when it does not end.
    package let term: AuthorityTerm?
    /// `nil` when nobody can be asked.
    package let reauthorization: (any Reauthorizing)?

    package init(authority: Authority, term: AuthorityTerm?, reauthorization: (any Reauthorizing)? = nil) {
        self.authority = authority
        self.term = term
        self.reauthorization = reauthorization
    }
}
