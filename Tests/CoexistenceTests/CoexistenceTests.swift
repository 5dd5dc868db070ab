//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdWebSocketStandIns
import RealtimeKit
import Testing

/// An application that uses hummingbird-websocket for one route and RealtimeKit for others.
@Suite struct CoexistenceTests {
    /// Nothing that both packages have is ambiguous, and both kinds of routes can be mounted on one router.
    @Test func bothPackagesCanBeUsedInOneFile() throws {
        let router = Router(context: BasicWebSocketRequestContext.self)
        router.ws("theirs") { inbound, outbound, _ in
            for try await _ in inbound { try await outbound.write(.text("theirs")) }
        }
        router.webSocket("ours", onJoinRoom: { $0.room != "private" })
        router.webSocket("echo", WSHandler { socket, message in try await socket.send(message) })
        router.sse("events")
        router.add(middleware: WebSocketUpgradeMiddleware { _, _, _ in })
        let theirs = WebSocketMessage.text("a message")
        let ours = WSMessage.text("a message")
        #expect(theirs == .text("a message"))
        #expect(ours.text == "a message")
        _ = Application(router: router, server: .realtime(), services: [SSEManager.shared, WSManager.shared])
        _ = Application(router: router, server: .http1WebSocketUpgrade())
    }
}
