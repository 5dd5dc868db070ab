//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What one connection is counted under in a ``ConnectionLedger``. Whoever opened it keeps it, and closes it exactly once.
package struct ConnectionSlot: Hashable, Sendable {
    /// The address that counts; `nil` when addresses are not limited or the connection has none.
    package let address: AddressKey?
    /// The user who counts; `nil` when users are not limited or none has been assigned.
    package let user: String?
}
