//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import NIOHTTP2
import RealtimeKit
import RealtimeKitHTTP2
import RealtimeKitTesting
import Testing

/// Credentials at live endpoints.
@Suite(.serialized, .timeLimit(.minutes(1))) struct AuthEndpointTests {
    private static let long = String(repeating: "x", count: 8193)

    /// Header fields, and the status that they get; the user where it is 200.
    private static let cases: [([String], Int, String?)] = [
        ([], 200, nil),
        (["Cookie: session=alice"], 200, "alice"),
        (["Authorization: Bearer good"], 200, "bearer"),
        (["Authorization: bEARER good"], 200, "bearer"),
        (["Cookie: session=alice", "Authorization: Bearer good"], 200, "bearer"),
        (["Cookie: session=alice", "Authorization: Basic YTpi"], 200, "alice"),
        (["Authorization: Basic YTpi"], 200, nil),
        // A good cookie does not make up for a bad token.
        (["Cookie: session=alice", "Authorization: Bearer bad"], 401, nil),
        (["Cookie: session=alice", "Authorization: Bearer"], 401, nil),
        (["Cookie: session=alice", "Authorization: Bearer: good"], 401, nil),
        (["Cookie: session=alice", "Authorization: Bearer \u{301}good"], 401, nil),
        (["Cookie: session=stolen"], 401, nil),
        (["Cookie: session=alice; session=alice"], 401, nil),
        (["Authorization: Bearer bad"], 401, nil),
        (["Authorization: Bearer "], 401, nil),
        (["Authorization: Bearer good", "Authorization: Bearer good"], 401, nil),
        (["Authorization: Bearer good", "Authorization: Basic YTpi"], 401, nil),
        (["Authorization: Bearer \(Self.long)"], 401, nil),
    ]

    @Test func aStreamIsOpenedForTheFirstCredentialThatIsPresent() async throws {
        let users = Recorder<String?>()
        let manager = try SSEManager()
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(
            manager: manager,
            auth: SampleChain.make(),
            hooks: .init(onConnect: { info in
                users.add(info.userID)
                return true
            })
        )
        try await TestServer.run(Router().sse("/sse", plugin)) { server in
            for (fields, status, _) in Self.cases {
                let client = try await SSETestClient.open(port: server.port, headers: fields)
                let head = try await client.response()
                #expect(head.status == status, "\(fields)")
                if status == 401 {
                    #expect(head.headers["www-authenticate"] == "Bearer")
                    #expect(try await client.body() == #"{"message":"Unauthorized"}"#)
                }
                await client.close()
            }
        }
        #expect(users.values == Self.cases.filter { $0.1 == 200 }.map(\.2))
    }

    @Test func aWebSocketIsOpenedForTheFirstCredentialThatIsPresent() async throws {
        let users = Recorder<String?>()
        let plugin = try WebSocketPlugin<BasicRequestContext, TestUser>(
            manager: WSManager(),
            auth: SampleChain.make(),
            hooks: .init(onConnect: { info in
                users.add(info.userID)
                return true
            })
        )
        try await TestServer.run(Router().webSocket("/ws", plugin)) { server in
            for (fields, status, _) in Self.cases {
                let client = try await WSTestClient.open(port: server.port, headers: fields)
                #expect(try await client.response().status == (status == 200 ? 101 : 401), "\(fields)")
                if status == 401 {
                    #expect(try await client.body() == #"{"message":"Unauthorized"}"#)
                } else {
                    await client.leave()
                }
            }
        }
        #expect(users.values == Self.cases.filter { $0.1 == 200 }.map(\.2))
    }

    @Test func http2SendsEachCookieInAFieldOfItsOwn() async throws {
        let plugin = try SSEPlugin<BasicRequestContext, TestUser>(
            manager: SSEManager(),
            auth: SampleChain.make(),
            hooks: .init(onConnect: { $0.userID == "alice" })
        )
        let builder = try HTTPServerBuilder.realtimeHTTP2(tlsConfiguration: TestCertificate.server())
        try await TestServer.run(Router().sse("/sse", plugin), server: builder) { server in
            for (fields, status) in [
                (["cookie: a=b", "cookie: session=alice", "cookie: c=d"], 200),
                (["cookie: a=b; session=alice; c=d"], 200),
                (["cookie: session=alice", "cookie: session=alice"], 401),
                (["cookie: session=alice", "authorization: Bearer bad"], 401),
            ] {
                let exchange = try await HTTP2TestExchange(port: server.port, method: "GET", target: "/sse", headers: fields)
                let client = SSETestClient(exchange)
                #expect(try await client.response().status == status, "\(fields)")
                await client.close()
            }
        }
    }
}
