//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Why a text is refused as JSON.
package enum JSONProblem: Error, Sendable, Equatable {
    /// Not one JSON text of RFC 8259. The offset is that of the first byte that cannot stand where it stands, or the number of bytes when
    /// the text ends too early.
    case malformed(offset: Int)
    /// More objects and arrays inside each other than are allowed.
    case tooDeep
}
