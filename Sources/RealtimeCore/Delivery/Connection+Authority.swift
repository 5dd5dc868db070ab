//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What a connection was opened with, by the hub.
extension Connection {
    /// Goes on with another credential; `nil` for one that does not expire.
    func renew(_ term: AuthorityTerm?) {
        self.authority = term.map { term in
            (AuthorityLife(remaining: term.remaining, grace: term.grace, now: self.shard.clock.now()), term.makeNotice)
        }
        self.shard.schedule(self)
    }
}
