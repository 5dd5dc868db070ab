//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import RealtimeKit

extension TestRoute {
    /// The route of a channel: `/sse?id=alice&user=7&role=admin` opens a stream under a name, for a user, with metadata.
    static func channel(
        _ channel: SSEChannel,
        headers: HTTPFields = [:],
        duplicates: SSEChannel.DuplicatePolicy = .replace,
        onConnect: SSEChannel.OnConnect? = nil,
        onDisconnect: SSEChannel.OnDisconnect? = nil
    ) -> TestRoute {
        TestRoute { request, context in
            let query = request.uri.queryParameters
            return channel.respond(
                to: request,
                context: context,
                clientID: query["id"].map { String($0) },
                userID: query["user"].map { String($0) },
                metadata: query["role"].map { ["role": String($0)] } ?? [:],
                headers: headers,
                duplicates: duplicates,
                onConnect: onConnect,
                onDisconnect: onDisconnect
            )
        }
    }
}
