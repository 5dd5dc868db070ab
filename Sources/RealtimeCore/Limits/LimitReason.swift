//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The limit that a connection met, in the words of the metrics.
package enum LimitReason: String, CaseIterable, Sendable, CustomStringConvertible {
    /// So many are open already.
    case total = "limit_total"
    /// The user has so many open.
    case user = "limit_user"
    /// The client's address has so many open.
    case address = "limit_address"
    /// New ones come too fast.
    case rate = "limit_rate"

    package var description: String { self.rawValue }
}
