//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import NIOCore
import RealtimeCore

/// Who has an open stream, and what is left of the request for it: no more than the path.
struct SSEStanding<Context: RequestContext, User: Sendable>: Reauthorizing {
    let endpoint: SSEEndpoint<Context, User>
    let id: ConnectionID
    let authentication: Authentication<User>
    let path: String?
    let context: any RequestContext

    /// The same with what the client has brought since.
    func with(_ authentication: Authentication<User>) -> Self {
        Self(endpoint: self.endpoint, id: self.id, authentication: authentication, path: self.path, context: self.context)
    }

    func reauthorize() async {
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: self.path)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        await self.endpoint.reauthorize(
            ConnectInfo(id: self.id, authentication: self.authentication, request: request, context: self.context)
        )
    }
}
