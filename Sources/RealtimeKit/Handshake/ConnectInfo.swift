//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
public import Hummingbird

/// What `onConnect` decides on.
public struct ConnectInfo<User: Sendable>: Sendable {
    /// The id that the connection will have. It is not connected yet: calls to the manager do not find it.
    public let id: ConnectionID
    /// Who asks, and how that was proved; `nil` for anonymous requests.
    public let authentication: Authentication<User>?
    /// The request. Its body belongs to the handler; a hook reads method, path and headers.
    public let request: Request
    /// The request's context.
    public let context: any RequestContext
    /// What the answer has to bring, if the credential says so.
    var responseHeaders: HTTPFields?

    /// Who asks; `nil` for anonymous requests.
    public var user: User? { self.authentication?.user }
    /// The id of the user, where it has one.
    public var userID: String? { self.authentication?.userID }
    /// The id of the last event that a reconnecting client of an event stream has seen; not to be trusted.
    public var lastEventID: String? { self.request.headers[.lastEventID] }
}
