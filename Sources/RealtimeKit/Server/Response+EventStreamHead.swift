//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird

extension Response {
    /// The answer to HEAD for an event stream: the header fields that GET would get (RFC 9110 §9.3.2). They name no length where the server is
    /// known to write no last chunk then.
    static func eventStreamHead(_ headers: HTTPFields) -> Response {
        guard ConnectionScope.current != nil else { return Response(status: .ok, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody { writer in try await writer.finish(nil) })
    }
}
