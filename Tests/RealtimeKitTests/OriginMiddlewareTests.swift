//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Routes of an application's own, and which pages may use them.
@Suite(.serialized, .timeLimit(.minutes(1))) struct OriginMiddlewareTests {
    private static let reading: [HTTPRequest.Method] = [.get, .head, .options]
    private static let changing: [HTTPRequest.Method] = [.post, .put, .patch, .delete, .init("PROPPATCH") ?? .post]

    /// Runs a server with a route behind a middleware, and notes what reaches it.
    private func run(
        _ middleware: OriginMiddleware<BasicRequestContext>,
        _ test: @escaping @Sendable (TestServer, Recorder<String>) async throws -> Void
    ) async throws {
        let done = Recorder<String>()
        let router = Router()
        let group = router.group().add(middleware: middleware)
        for method in Self.reading + Self.changing {
            group.on("thing", method: method) { _, _ in
                done.add(method.rawValue)
                return "done"
            }
        }
        try await TestServer.run(router) { server in try await test(server, done) }
    }

    @Test func pagesOfOtherOriginsChangeNothing() async throws {
        try await self.run(OriginMiddleware()) { server, done in
            for origin in ["https://evil.example", "null", "http://127.0.0.1:\(server.port).evil.example", "http://127.0.0.1"] {
                for method in Self.changing {
                    let answer = try await server.request(method.rawValue, "/thing", headers: ["Origin: \(origin)", "Cookie: session=alice"])
                    #expect(answer.status == 403, "\(method) from \(origin)")
                    #expect(!answer.body.contains("done"))
                }
            }
            let twice = ["Origin: http://127.0.0.1:\(server.port)", "Origin: http://127.0.0.1:\(server.port)"]
            #expect(try await server.request("POST", "/thing", headers: twice).status == 403)
            let crossSite = ["Cookie: session=alice", "Sec-Fetch-Site: cross-site"]
            #expect(try await server.request("POST", "/thing", headers: crossSite).status == 403)
            #expect(done.values.isEmpty)
        }
    }

    @Test func theServersOwnPagesAndOtherClientsMay() async throws {
        try await self.run(OriginMiddleware()) { server, done in
            for method in Self.changing {
                for fields in [["Origin: http://127.0.0.1:\(server.port)", "Cookie: session=alice", "Sec-Fetch-Site: same-origin"], []] {
                    let answer = try await server.request(method.rawValue, "/thing", headers: fields)
                    #expect(answer.status == 200, "\(method) \(fields)")
                }
            }
            #expect(done.values == Self.changing.flatMap { [$0.rawValue, $0.rawValue] })
        }
    }

    @Test func everyPageMayRead() async throws {
        try await self.run(OriginMiddleware(.origins([], requireOrigin: true))) { server, done in
            for method in Self.reading {
                let fields = ["Origin: https://evil.example", "Cookie: session=alice", "Sec-Fetch-Site: cross-site"]
                let answer = try await server.request(method.rawValue, "/thing", headers: fields)
                #expect(answer.status == 200, "\(method)")
            }
            #expect(done.values == Self.reading.map(\.rawValue))
        }
    }

    @Test func thePolicyDecides() async throws {
        try await self.run(OriginMiddleware(.origins(["https://app.example.com"], requireOrigin: true))) { server, done in
            let crossSite = ["Origin: https://app.example.com", "Cookie: session=alice", "Sec-Fetch-Site: cross-site"]
            let listed = try await server.request("POST", "/thing", headers: crossSite)
            #expect(listed.status == 200)
            let nameless = try await server.request("POST", "/thing")
            #expect(nameless.status == 403)
            #expect(done.values == ["POST"])
        }
    }

    @Test func whatTrustedProxiesForwardCounts() async throws {
        try await self.run(OriginMiddleware(.sameOrigin, proxies: .loopback)) { server, done in
            let forwarded = ["X-Forwarded-Proto: https", "X-Forwarded-Host: example.com", "X-Forwarded-For: 203.0.113.7"]
            for (origin, status) in [("https://example.com", 200), ("http://example.com", 403), ("http://127.0.0.1:\(server.port)", 403)] {
                let answer = try await server.request("POST", "/thing", headers: forwarded + ["Origin: \(origin)"])
                #expect(answer.status == status, "\(origin)")
            }
            #expect(done.values == ["POST"])
        }
    }

    @Test func aPolicyWithWhatIsNoOriginIsRefused() {
        #expect(throws: RealtimeError.self) { try OriginMiddleware<BasicRequestContext>(.origins(["app.example.com"])) }
    }
}
