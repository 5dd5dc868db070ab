//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

/// Recognises the user behind a request.
public protocol AuthResolver<User>: Sendable {
    /// The application's user type.
    associatedtype User: Sendable

    /// Looks for a credential and checks it.
    ///
    /// - Throws: when the check itself failed, for example because a store could not be reached. The request is then refused for the time
    ///   being, never treated as anonymous. An `HTTPError` keeps its status.
    func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User>
}
