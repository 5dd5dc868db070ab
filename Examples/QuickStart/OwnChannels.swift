//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

/// Channels with a route of their own, as the README shows them: compiled, and never run.
enum OwnChannels {
    static func channel(router: Router<BasicRequestContext>, auth: BearerTokenResolver<User>, post: Post) throws {
        // snippet: own channel
        let alerts = try SSEChannel("alerts", options: .init(maxClients: 1000))

        router.get("alerts") { request, context in
            let found = try await auth.requireUser(request, context: context)
            return alerts.respond(
                to: request,
                context: context,
                userID: found.userID,
                metadata: ["isAdmin": found.user.isAdmin],
                onConnect: { client in _ = try alerts.send("initial", ["unread": 3], to: client.id) },
                onDisconnect: { client, reason in print("\(client.id) is gone: \(reason)") }
            )
        }
        router.post("alerts") { request, context in
            let post = try await request.decode(as: Post.self, context: context)
            let sent = try alerts.broadcast("alert", post)
            return "\(sent)"
        }
        // end

        // snippet: own channel calls
        try alerts.broadcast("alert", post, where: { $0.metadata["isAdmin", as: Bool.self] == true })
        try alerts.broadcast(SSEEvent(event: "alert", data: "Fire", id: "7", retry: 5000), excluding: ["kitchen"])
        try alerts.send("alert", "Fire", to: "kitchen")
        print(alerts.clientCount, alerts.clientIDs, alerts.isFull, alerts.hasClient("kitchen"))
        alerts.disconnect("kitchen")
        alerts.close()
        // end
    }

    static func manager(router: Router<BasicRequestContext>, post: Post) async throws {
        // snippet: channel manager
        let channels = try ChannelManager(removeEmptyAfter: .seconds(60))

        router.get("documents/:id/events") { request, context in
            let id = try context.parameters.require("id")
            return try channels.getOrCreate("document:\(id)").respond(to: request, context: context)
        }
        router.post("documents/:id/events") { request, context in
            let id = try context.parameters.require("id")
            let post = try await request.decode(as: Post.self, context: context)
            try channels.get("document:\(id)")?.broadcast("change", post)
            return post
        }
        let app = Application(router: router, server: .realtime(), services: [SSEManager.shared, channels])
        // end
        try await app.runService()
    }
}
