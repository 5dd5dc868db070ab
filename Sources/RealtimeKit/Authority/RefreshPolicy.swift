//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// What becomes of connections whose credential expires.
public struct RefreshPolicy: Hashable, Sendable {
    /// How long a connection may go on after that, for its client to bring another credential of the same user; 25 s by default, 0 to 10
    /// minutes. Then it ends, with 4401 or an event `disconnect`. The client is told when 80 % of the credential's life are over.
    public var grace: Duration
    /// Whether clients may bring another credential while they are connected; on by default.
    public var isAllowed: Bool

    /// Makes a policy; values out of range are refused by the endpoint that is given it.
    public init(grace: Duration = .seconds(25), isAllowed: Bool = true) {
        self.grace = grace
        self.isAllowed = isAllowed
    }

    func validate() throws(RealtimeError) {
        guard self.grace >= .zero, self.grace <= .seconds(600) else {
            throw RealtimeError(.invalidConfiguration, "refresh.grace is \(self.grace); 0 to 10 minutes are accepted")
        }
    }
}
