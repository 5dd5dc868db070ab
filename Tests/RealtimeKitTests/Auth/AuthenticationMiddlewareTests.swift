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

/// Users in handlers and middleware of an application's own.
@Suite(.serialized, .timeLimit(.minutes(1))) struct AuthenticationMiddlewareTests {
    struct Context: AuthenticationContext {
        var coreContext: CoreRequestContextStorage
        var authentication: Authentication<TestUser>?

        init(source: ApplicationRequestContextSource) {
            self.coreContext = .init(source: source)
        }
    }

    /// An error with a text that nobody may see.
    private struct StoreIsDown: Error, CustomStringConvertible {
        var description: String { "no answer about token hunter2" }
    }

    /// Finds a user as the bearer token says.
    private static let auth = BearerTokenResolver { token -> TestUser? in
        switch token {
        case "alice": return TestUser(id: "alice")
        case "down": throw StoreIsDown()
        case "teapot": throw HTTPError(.init(code: 418), headers: [.server: "kettle"], message: "token hunter2 is tea")
        case "cancelled": throw CancellationError()
        default: return nil
        }
    }

    /// A way to ask who it is. Each answers with the user's name, `nobody` for none.
    private enum Way: CaseIterable {
        case middleware
        case requiringMiddleware
        case authenticate
        case requireUser

        var isRequired: Bool { self == .requiringMiddleware || self == .requireUser }

        func router() -> Router<Context> {
            let router = Router(context: Context.self)
            let name: @Sendable (Request, Context) -> String = { $1.authentication?.user.id ?? "nobody" }
            switch self {
            case .middleware: router.group().add(middleware: AuthenticationMiddleware(auth)).get("me", use: name)
            case .requiringMiddleware: router.group().add(middleware: AuthenticationMiddleware(auth, isRequired: true)).get("me", use: name)
            case .authenticate: router.get("me") { request, context in try await auth.authenticate(request, context: context)?.user.id ?? "nobody" }
            case .requireUser: router.get("me") { request, context in try await auth.requireUser(request, context: context).user.id }
            }
            return router
        }
    }

    /// Sends requests with a token each, and gives the answers and what was logged.
    private func answers(_ way: Way, _ tokens: [String?]) async throws -> (answers: [TestServer.Answer], log: [String]) {
        let log = LogRecorder()
        let answers = Recorder<TestServer.Answer>()
        try await TestServer.run(way.router(), logger: log.logger) { server in
            for token in tokens { answers.add(try await server.request("GET", "/me", headers: token.map { ["Authorization: Bearer \($0)"] } ?? [])) }
        }
        return (answers.values, log.records.values)
    }

    @Test(arguments: Way.allCases) private func theUserIsFoundAndABadCredentialIs401(way: Way) async throws {
        let (answers, _) = try await self.answers(way, ["alice", nil, "mallory", ""])
        #expect(answers.map(\.status) == [200, way.isRequired ? 401 : 200, 401, 401])
        #expect(answers[0].body == "alice")
        if !way.isRequired { #expect(answers[1].body == "nobody") }
        for answer in answers where answer.status == 401 {
            #expect(answer.headers["www-authenticate"] == "Bearer")
            #expect(answer.body == #"{"error":{"message":"Unauthorized"}}"#)
        }
    }

    @Test(arguments: Way.allCases) private func whatCannotBeCheckedIs503AndItsTextIsNowhere(way: Way) async throws {
        let (answers, log) = try await self.answers(way, ["down", "cancelled", "teapot"])
        #expect(answers.map(\.status) == [503, 503, 418])
        #expect(answers.prefix(2).allSatisfy { $0.headers["retry-after"] == "5" })
        #expect(answers[2].headers["server"] == "kettle")
        #expect(answers.allSatisfy { $0.body.isEmpty })
        #expect(log.contains { $0.contains("A credential could not be checked") && $0.contains("StoreIsDown") })
        #expect(!log.contains { $0.contains("hunter2") })
    }

    @Test func aTaskThatIsCancelledStaysSo() async throws {
        let resolver = BearerTokenResolver { _ -> TestUser? in
            try await Task.sleep(for: .seconds(3600))
            return nil
        }
        let request = try sampleRequest("/", [("Authorization", "Bearer x")])
        let task = Task { try await resolver.authenticate(request, context: BasicRequestContext.sample()) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func anEndpointSaysNothingAboutAStoresErrorEither() async throws {
        let log = LogRecorder()
        let router = Router()
            .sse("/sse", try SSEPlugin<BasicRequestContext, TestUser>(manager: SSEManager(), auth: Self.auth))
            .webSocket("/ws", try WebSocketPlugin<BasicRequestContext, TestUser>(manager: WSManager(), auth: Self.auth))
        try await TestServer.run(router, logger: log.logger) { server in
            for token in ["down", "teapot"] {
                let stream = try await SSETestClient.open(port: server.port, headers: ["Authorization: Bearer \(token)"])
                #expect(try await stream.response().status == (token == "down" ? 200 : 418))
                #expect(try await !stream.body().contains("hunter2"))
                let socket = try await WSTestClient.open(port: server.port, headers: ["Authorization: Bearer \(token)"])
                #expect(try await socket.response().status == (token == "down" ? 503 : 418))
                #expect(try await !socket.body().contains("hunter2"))
            }
        }
        #expect(log.records.values.contains { $0.contains("StoreIsDown") })
        #expect(!log.records.values.contains { $0.contains("hunter2") })
    }
}
