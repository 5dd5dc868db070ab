//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

struct User: Sendable {
    let id: String
    let isAdmin: Bool
}

/// Recognises users by their tokens; look yours up where you keep them.
struct TokenAuth: AuthResolver {
    let users = ["ann-token": User(id: "ann", isAdmin: true), "ben-token": User(id: "ben", isAdmin: false)]

    func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User> {
        guard let header = request.headers[.authorization] else { return .none }
        guard header.hasPrefix("Bearer "), let user = self.users[String(header.dropFirst(7))] else { return .rejected }
        return .user(Authentication(user: user, userID: user.id, method: .bearer))
    }
}

struct Post: ResponseCodable {
    let title: String
}

@main
struct QuickStart {
    static func main() async throws {
        let auth = TokenAuth()
        let router = Router()
        router.sse("/sse", auth: auth, onSubscribe: { $0.user?.isAdmin == true || !$0.channel.hasPrefix("private-") })
        router.webSocket("/ws", auth: auth, onJoinRoom: { $0.user != nil || !$0.room.hasPrefix("private-") })
        router.post("posts") { request, context in
            let post = try await request.decode(as: Post.self, context: context)
            try SSEManager.shared.broadcast("post:created", post, to: "posts")
            try WSManager.shared.broadcast("post:created", ["doc": post], to: "posts")
            return post
        }
        let app = Application(router: router, server: .realtime(), services: [SSEManager.shared, WSManager.shared])
        try await app.runService()
    }
}
