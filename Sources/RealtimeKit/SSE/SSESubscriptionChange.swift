//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a client asks for with POST `{path}/subscribe` or `{path}/unsubscribe`.
struct SSESubscriptionChange {
    static let maxBody = 16 << 10

    let id: ConnectionID
    let channel: String
    let key: String?

    /// The fields of a JSON body; `client_id` is another name of `id`.
    private struct Body: Decodable {
        let id: String?
        let client_id: String?
        let channel: String?
        let key: String?
    }

    /// Reads a request: the query, and a JSON body where there is one, whose fields win.
    ///
    /// - Throws: ``RealtimeError`` that says what is wrong, and `HTTPError` for a body that is too large.
    init(_ request: inout Request, maxNameLength: Int) async throws {
        var fields = try FormFields(request.uri.query ?? "", names: ["id", "client_id", "channel", "key"])
        if request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true {
            let bytes = try await request.collectBody(upTo: Self.maxBody)
            guard let body = try? JSONDecoder().decode(Body.self, from: Data(bytes.readableBytesView)) else {
                throw RealtimeError(.invalidName, "the body is not a JSON object with the texts id, channel and key")
            }
            for (name, value) in [("id", body.id), ("client_id", body.client_id), ("channel", body.channel), ("key", body.key)] {
                if let value { fields[name] = value }
            }
        }
        guard let id = (fields["id"] ?? fields["client_id"]).flatMap({ ConnectionID($0) }) else {
            throw RealtimeError(.invalidName, "id is missing or not a connection's; it is in the event 'connected'")
        }
        guard let channel = fields["channel"] else { throw RealtimeError(.invalidName, "channel is missing") }
        try TopicName.validate(channel, maxLength: maxNameLength)
        self.id = id
        self.channel = channel
        self.key = fields["key"]
    }
}
