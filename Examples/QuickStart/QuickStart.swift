//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

struct User: Identifiable, Sendable {
    let id: String
    let isAdmin: Bool
}

struct Post: ResponseCodable {
    let title: String
}

@main
struct QuickStart {
    static func main() async throws {
        let users = ["ann-token": User(id: "ann", isAdmin: true), "ben-token": User(id: "ben", isAdmin: false)]
        let auth = BearerTokenResolver { token in users[token] }
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
