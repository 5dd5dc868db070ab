//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What a resolver found in a request.
public enum AuthOutcome<User: Sendable>: Sendable {
    /// No credential of the resolver's kind.
    case none
    /// A good credential.
    case user(Authentication<User>)
    /// A credential that is not good. The request is refused with 401; it is never treated as anonymous.
    case rejected
}
