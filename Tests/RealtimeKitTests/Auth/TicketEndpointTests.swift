//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import Testing

/// Tickets at live endpoints: asked for with one credential, used for one connection.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TicketEndpointTests {
    /// A page of the server's own, and what it knows of it.
    private struct Page {
        let server: TestServer
        var origin: String { "http://127.0.0.1:\(self.server.port)" }

        func ticket(_ path: String, cookie: String = "alice", origin: String? = nil) async throws -> String {
            let headers = ["Cookie: session=\(cookie)", "Origin: \(origin ?? self.origin)"]
            let answer = try await self.server.request("POST", "/ticket?path=\(path)", headers: headers)
            #expect(answer.status == 200)
            return answer.body
        }

        func status(_ target: String, _ fields: [String] = []) async throws -> Int {
            if target.hasPrefix("/ws") {
                let client = try await WSTestClient.open(port: self.server.port, target, headers: fields)
                let status = try await client.response().status
                if status == 401 { #expect(try await client.body() == #"{"message":"Unauthorized"}"#) }
                await client.leave()
                return status
            }
            let client = try await SSETestClient.open(port: self.server.port, target, headers: fields)
            let status = try await client.response().status
            if status == 401 { #expect(try await client.body() == #"{"message":"Unauthorized"}"#) }
            await client.close()
            return status
        }
    }

    /// Runs a server with `/ticket`, `/sse` and `/ws`.
    private func run(
        store: some TicketStore = MemoryTicketStore(),
        users: Recorder<String> = Recorder(),
        log: LogRecorder = LogRecorder(),
        _ test: @escaping @Sendable (Page) async throws -> Void
    ) async throws {
        let tickets = try Tickets(store: store)
        let auth = try AuthResolverChain {
            SampleChain.make()
            try TicketResolver(tickets) { TestUser(id: $0.userID) }
        }
        let (streams, sockets) = (try SSEManager(logger: log.logger), try WSManager(logger: log.logger))
        let router = Router()
            .sse(
                "/sse",
                try SSEPlugin<BasicRequestContext, TestUser>(
                    manager: streams,
                    auth: auth,
                    hooks: .init(onConnect: { info in
                        users.add("\(info.userID ?? "nobody") \(info.authentication?.method.description ?? "")")
                        return true
                    })
                )
            )
            .webSocket(
                "/ws",
                try WebSocketPlugin<BasicRequestContext, TestUser>(
                    manager: sockets,
                    configuration: .with { $0.origin = .origins(["https://app.example.com"]) },
                    auth: auth,
                    hooks: .init(onConnect: { info in
                        users.add("\(info.userID ?? "nobody") \(info.authentication?.method.description ?? "")")
                        return true
                    })
                )
            )
            .post("/ticket") { request, context in
                let user = try await auth.requireUser(request, context: context)
                return try await tickets.issue(for: user, path: request.uri.queryParameters.require("path"), request: request)
            }
        try await TestServer.run(router, logger: log.logger) { server in try await test(Page(server: server)) }
    }

    @Test func aStreamAndAWebSocketAreOpenedOnceEach() async throws {
        let users = Recorder<String>()
        try await self.run(users: users) { page in
            let stream = try await page.ticket("/sse")
            // `EventSource` sends no origin to the page's own server.
            #expect(try await page.status("/sse?channel=a&ticket=\(stream)") == 200)
            #expect(try await page.status("/sse?channel=a&ticket=\(stream)") == 401)
            let socket = try await page.ticket("/ws")
            #expect(try await page.status("/ws?ticket=\(socket)", ["Origin: \(page.origin)"]) == 101)
            #expect(try await page.status("/ws?ticket=\(socket)", ["Origin: \(page.origin)"]) == 401)
        }
        #expect(users.values == ["alice ticket", "alice ticket"])
    }

    @Test func ofManyConnectionsAtTheSameTimeOneIsOpened() async throws {
        try await self.run { page in
            for target in ["/sse", "/ws"] {
                let ticket = try await page.ticket(target)
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<8 { group.addTask { try await page.status("\(target)?ticket=\(ticket)", ["Origin: \(page.origin)"]) } }
                    return try await group.reduce(into: [Int]()) { $0.append($1) }
                }
                #expect(statuses.sorted() == [target == "/ws" ? 101 : 200] + Array(repeating: 401, count: 7))
            }
        }
    }

    @Test func aTicketForAnotherPathOrPageIsRefusedAndSpent() async throws {
        try await self.run { page in
            let own = ["Origin: \(page.origin)"]
            let stream = try await page.ticket("/sse")
            #expect(try await page.status("/ws?ticket=\(stream)", own) == 401)
            #expect(try await page.status("/sse?ticket=\(stream)", own) == 401)
            let socket = try await page.ticket("/ws")
            #expect(try await page.status("/ws?ticket=\(socket)", ["Origin: https://app.example.com"]) == 401)
            #expect(try await page.status("/ws?ticket=\(socket)", own) == 401)
            let listed = try await page.ticket("/ws", origin: "https://app.example.com")
            #expect(try await page.status("/ws?ticket=\(listed)", ["Origin: https://app.example.com"]) == 101)
            // A page that may not open a WebSocket at all does not spend the ticket.
            let kept = try await page.ticket("/ws")
            #expect(try await page.status("/ws?ticket=\(kept)", ["Origin: https://evil.io"]) == 403)
            #expect(try await page.status("/ws?ticket=\(kept)", own) == 101)
        }
    }

    @Test func aBadTicketIsNotPassedOverForACookieAndAGoodOneComesFirst() async throws {
        let users = Recorder<String>()
        try await self.run(users: users) { page in
            for target in ["/sse", "/ws"] {
                #expect(try await page.status("\(target)?ticket=spent", ["Cookie: session=alice"]) == 401)
                #expect(try await page.status("\(target)?ticket=", ["Cookie: session=alice"]) == 401)
                let ticket = try await page.ticket(target, cookie: "bob")
                let fields = ["Cookie: session=alice", "Origin: \(page.origin)"]
                #expect(try await page.status("\(target)?ticket=\(ticket)", fields) == (target == "/ws" ? 101 : 200))
            }
        }
        #expect(users.values == ["bob ticket", "bob ticket"])
    }

    @Test func ticketsWaitInAStoreThatProcessesShare() async throws {
        let driver = MemoryPersistDriver()
        try await self.run(store: PersistTicketStore(driver)) { page in
            let ticket = try await page.ticket("/sse", origin: "https://app.example.com")
            try await self.run(store: PersistTicketStore(driver)) { other in
                let status = try await other.status("/sse?ticket=\(ticket)", ["Origin: https://app.example.com"])
                #expect(status == 200)
            }
            #expect(try await page.status("/sse?ticket=\(ticket)", ["Origin: https://app.example.com"]) == 401)
        }
    }

    @Test func aStoreThatIsDownAsksClientsToComeBackLater() async throws {
        struct Store: TicketStore {
            struct IsDown: Error, CustomStringConvertible { let description: String }
            func add(_ ticket: TicketRecord, digest: String, lifetime: Duration) async throws { throw IsDown(description: "hunter2 \(digest)") }
            func take(digest: String) async throws -> TicketRecord? { throw IsDown(description: "hunter2 \(digest)") }
        }
        let log = LogRecorder()
        try await self.run(store: Store(), log: log) { page in
            let ticket = String(repeating: "A", count: 43)
            let socket = try await WSTestClient.open(port: page.server.port, "/ws?ticket=\(ticket)", headers: ["Cookie: session=alice"])
            #expect(try await socket.response().status == 503)
            #expect(try await !socket.body().contains("hunter2"))
            let stream = try await SSETestClient.open(port: page.server.port, "/sse?ticket=\(ticket)", headers: ["Cookie: session=alice"])
            #expect(try await stream.body().hasPrefix("retry: "))
        }
        #expect(!log.records.values.contains { $0.contains("hunter2") })
    }

    @Test func noTicketNorOtherCredentialIsLogged() async throws {
        let log = LogRecorder()
        let secrets = Recorder<String>()
        try await self.run(log: log) { page in
            for target in ["/sse", "/ws"] {
                let ticket = try await page.ticket(target, cookie: "cookiehunter2")
                for _ in 0..<2 { _ = try await page.status("\(target)?ticket=\(ticket)", ["Origin: \(page.origin)"]) }
                _ = try await page.status(target, ["Authorization: Bearer bearerhunter2", "Cookie: session=cookiehunter2"])
                _ = try await page.status("\(target)?ticket=wronghunter2&channel=%zz")
                secrets.add(ticket)
            }
        }
        let texts = secrets.values + ["hunter2"]
        #expect(!log.records.values.isEmpty)
        let leaks = log.records.values.filter { record in texts.contains { record.contains($0) } }
        #expect(leaks.isEmpty, "\(leaks)")
    }
}
