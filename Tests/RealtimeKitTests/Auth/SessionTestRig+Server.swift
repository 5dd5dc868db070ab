//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import RealtimeKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension SessionTestRig {
    /// A user's directory that says no, or nothing.
    struct DirectoryDown: Error {}

    /// Finds all users but `gone`, and fails for `unlucky`.
    var resolver: SessionCookieResolver<TestUser> {
        SessionCookieResolver(self.sessions) { session in
            if session.userID == "unlucky" { throw DirectoryDown() }
            return session.userID == "gone" ? nil : TestUser(id: session.userID)
        }
    }

    /// Runs an application whose `/sse`, `/ws` and `/me` are behind a resolver, and whose `/login` and `/logout` are not.
    func run(
        auth: (any AuthResolver<TestUser>)? = nil,
        sse: SSEManager? = nil,
        ws: WSManager? = nil,
        logger: Logger = .silent,
        _ test: @Sendable @escaping (TestServer) async throws -> Void
    ) async throws {
        let sessions = self.sessions
        func run(_ auth: some AuthResolver<TestUser>) async throws {
            let router = Router()
            router.sse("/sse", try SSEPlugin(manager: sse ?? SSEManager(logger: logger), auth: auth))
            router.webSocket("/ws", try WebSocketPlugin(manager: ws ?? WSManager(logger: logger), auth: auth))
            router.get("me") { request, context in
                guard let found = try await auth.authenticate(request, context: context) else { return "nobody" }
                let expires = found.expiresAt.map { Int($0.timeIntervalSinceReferenceDate) } ?? 0
                let words = [found.userID ?? "-", found.method.description, "\(found.isAmbient)", "\(expires)", found.sessionID ?? "-"]
                return (words + found.scopes).joined(separator: " ")
            }
            router.post("login") { request, _ in
                let session = try await sessions.create(for: request.headers[.from] ?? "", replacing: request)
                var response = Response(status: .noContent)
                response.setCookie(sessions.cookie.login(session))
                return response
            }
            router.post("logout") { request, _ in
                try await sessions.revoke(presentedBy: request)
                var response = Response(status: .noContent)
                response.setCookie(sessions.cookie.logout)
                return response
            }
            try await TestServer.run(router, logger: logger, test)
        }
        if let auth { try await run(auth) } else { try await run(self.resolver) }
    }
}

extension TestServer {
    /// The `Cookie` that a browser sends after a response, as a header line.
    func cookie(after answer: Answer) throws -> String {
        guard let text = answer.headers["set-cookie"], let end = text.firstIndex(of: ";") else { throw NoCookie(answer: answer) }
        return "Cookie: \(text[..<end])"
    }

    private struct NoCookie: Error {
        let answer: Answer
    }
}
