//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import RealtimeCore

/// Who is at the other end of a connection's socket: the client, or the last proxy.
package enum Peer: Hashable, Sendable {
    case address(IPAddress)
    case unixSocket
    /// Nobody can tell, as with a connection that is closed already. Never trusted.
    case unknown
}
