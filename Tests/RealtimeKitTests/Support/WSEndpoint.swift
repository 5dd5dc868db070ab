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

/// An endpoint for WebSockets that does not know the type of its router's context.
protocol WSEndpoint: Sendable {
    func mount<Routes: RouterMethods>(on router: Routes, _ path: RouterPath) throws
    func add<Context: RequestContext>(asMiddlewareTo router: Router<Context>) throws
    func responder<Context: RequestContext>(for context: Context.Type) throws -> @Sendable (Request, Context) async -> Response
}

/// An endpoint with rooms, which knows the users of the tests.
struct WSRoomEndpoint: WSEndpoint {
    let manager: WSManager
    var configuration = WSConfiguration()
    var hooks = WSHooks<TestUser>()

    private func plugin<Context: RequestContext>(_ context: Context.Type = Context.self) throws -> WebSocketPlugin<Context, TestUser> {
        try .forTests(self.manager, self.configuration, self.hooks)
    }

    func mount<Routes: RouterMethods>(on router: Routes, _ path: RouterPath) throws { router.webSocket(path, try self.plugin()) }

    func add<Context: RequestContext>(asMiddlewareTo router: Router<Context>) throws {
        router.add(middleware: try self.plugin().middleware(path: "/ws"))
    }

    func responder<Context: RequestContext>(for context: Context.Type) throws -> @Sendable (Request, Context) async -> Response {
        let plugin = try self.plugin(context)
        return { request, context in await plugin.respond(to: request, context: context) }
    }
}

/// An endpoint without rooms.
struct WSHandlerEndpoint: WSEndpoint {
    let onMessage: @Sendable (WSSocket, WSMessage) async throws -> Void

    func mount<Routes: RouterMethods>(on router: Routes, _ path: RouterPath) throws {
        router.webSocket(path, WSHandler(onMessage: self.onMessage))
    }

    /// It has no such form: its own route in front.
    func add<Context: RequestContext>(asMiddlewareTo router: Router<Context>) throws {
        try self.mount(on: router, "/ws")
    }

    func responder<Context: RequestContext>(for context: Context.Type) throws -> @Sendable (Request, Context) async -> Response {
        let handler = WSHandler<Context>(onMessage: self.onMessage)
        return { request, context in await handler.respond(to: request, context: context) }
    }
}

extension WebSocketPlugin where User == TestUser {
    /// An endpoint with rooms, which knows the users of the tests.
    static func forTests(_ manager: WSManager, _ configuration: WSConfiguration = .init(), _ hooks: WSHooks<TestUser> = .init()) throws -> Self {
        try WebSocketPlugin(
            manager: manager,
            configuration: configuration,
            resolveUser: { request, context in try await TestUser.resolve(request, context) },
            hooks: hooks
        )
    }
}

extension WSConfiguration {
    /// The default settings with some of them changed.
    static func with(_ change: (inout WSConfiguration) -> Void) -> WSConfiguration {
        var configuration = WSConfiguration()
        change(&configuration)
        return configuration
    }
}
