//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import RealtimeKit
import Testing

/// A request without a server.
func sampleRequest(
    _ target: String = "/",
    method: HTTPRequest.Method = .get,
    host: String = "example.com",
    _ fields: [(String, String)] = []
) throws -> Request {
    var head = HTTPRequest(method: method, scheme: "http", authority: host, path: target)
    for (name, value) in fields { head.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value)) }
    return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
}

extension BasicRequestContext {
    /// The context of a request without a server.
    static func sample(_ logger: Logger = .silent) -> BasicRequestContext {
        BasicRequestContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
    }
}

extension Authentication<TestUser> {
    /// Alice, for ten minutes by a clock of tests, with all that an authentication may have.
    static var sample: Authentication<TestUser> {
        Authentication(
            user: TestUser(id: "alice"),
            userID: "alice",
            method: .session,
            isAmbient: true,
            expiresAt: Date(timeIntervalSince1970: 4_000_000_600),
            sessionID: "session",
            tokenID: "token",
            scopes: ["read"]
        )
    }
}
