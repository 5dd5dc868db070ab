//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import RealtimeCore

/// What can be believed of the client behind a connection.
package struct ForwardedClient: Hashable, Sendable {
    /// The client's address, or that of the last proxy whose word is good; `nil` when there is none.
    package var address: IPAddress?
    /// The scheme that the client asked for, as a trusted proxy says; `nil` when none does.
    package var scheme: Origin.Scheme?
    /// The host, with the port if there is one, that the client asked for, as a trusted proxy says; `nil` when none does. Not checked yet.
    package var host: String?
}
