//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import Logging
import RealtimeKit
import RealtimeKitTesting

/// Knows bearer tokens that say themselves whose they are, for how many seconds from now, what for and which: `alice/100/read,write/t1`.
struct TimedTokens: TokenAuthResolver {
    func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<TestUser> {
        switch PresentedCredential.bearer(of: request) {
        case .absent: .none
        case .malformed: .rejected
        case .one(let token): try await self.resolve(token: token)
        }
    }

    func resolve(token: String) async throws -> AuthOutcome<TestUser> {
        let parts = token.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { return .rejected }
        if parts[0] == "broken" { throw CancellationError() }
        return .user(
            Authentication(
                user: TestUser(id: parts[0]),
                userID: parts[0].isEmpty ? nil : parts[0],
                method: .bearer,
                expiresAt: Double(parts[1]).map { Date.now + $0 },
                tokenID: parts[3].isEmpty ? nil : parts[3],
                scopes: Set(parts[2].split(separator: ".").map(String.init))
            )
        )
    }
}

/// A server with `/sse` and `/ws` for timed tokens.
struct AuthorityServer {
    let clock = ManualClock()
    private let logger: Logger
    let denyList = DenyList()
    let streams: SSEManager
    let sockets: WSManager
    /// Names that nobody may have any more.
    let forbidden = Recorder<String>()
    var refresh = RefreshPolicy()

    init(refresh: RefreshPolicy = .init(), logger: Logger = .silent) throws {
        self.refresh = refresh
        self.logger = logger
        self.streams = try SSEManager(denyList: self.denyList, clock: self.clock, logger: logger)
        self.sockets = try WSManager(denyList: self.denyList, clock: self.clock, logger: logger)
    }

    func run(_ test: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        var streams = SSEConfiguration()
        streams.heartbeat = .disabled
        streams.refresh = self.refresh
        var sockets = WSConfiguration()
        sockets.heartbeat = .disabled
        sockets.refresh = self.refresh
        let forbidden = self.forbidden
        // Names that begin with a scope are for those who have it.
        let mayHave = { @Sendable (authentication: Authentication<TestUser>?, name: String) in
            guard !forbidden.values.contains(name) else { return false }
            guard let scope = name.split(separator: "-").first, name.contains("-") else { return true }
            return authentication?.scopes.contains(String(scope)) ?? false
        }
        let router = Router()
            .sse(
                "/sse",
                try SSEPlugin<BasicRequestContext, TestUser>(
                    manager: self.streams,
                    configuration: streams,
                    auth: TimedTokens(),
                    hooks: .init(onSubscribe: { mayHave($0.authentication, $0.channel) })
                )
            )
            .webSocket(
                "/ws",
                try WebSocketPlugin<BasicRequestContext, TestUser>(
                    manager: self.sockets,
                    configuration: sockets,
                    auth: TimedTokens(),
                    hooks: .init(onJoinRoom: { mayHave($0.authentication, $0.room) })
                )
            )
        try await TestServer.run(router, logger: self.logger, test)
    }
}
