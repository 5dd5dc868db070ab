//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
public import Hummingbird

extension WebSocketPlugin {
    /// Registers the endpoint with a router or a group of routes.
    ///
    /// GET is registered; with ``WSConfiguration/handlesAllMethods`` the other methods are as well and answer 405.
    ///
    /// - Returns: the router, for chaining.
    @discardableResult
    public func addRoutes<Router: RouterMethods<Context>>(to router: Router, path: RouterPath = "/ws") -> Router {
        for method in self.configuration.handlesAllMethods ? WSUpgrade.methods : [.get] {
            router.on(path, method: method) { request, context in await self.respond(to: request, context: context) }
        }
        return router
    }

    /// Answers a request: the upgrade for a handshake, 405 for methods other than GET.
    ///
    /// For routes of your own, and for HummingbirdRouter: `Get("ws") { await plugin.respond(to: $0, context: $1) }`. See also
    /// ``middleware(path:)``.
    public func respond(to request: Request, context: Context) async -> Response {
        guard request.method == .get else { return WSUpgrade.closing(WSUpgrade.methodNotAllowed, request, context) }
        return await self.open(request, context)
    }

    /// The endpoint as a middleware: answers the requests for its path, passes all others on.
    ///
    /// - Parameter path: a path without parameters.
    public func middleware(path: RouterPath = "/ws") -> some RouterMiddleware<Context> {
        PathMiddleware([path]) { request, context in
            guard request.method == .get || self.configuration.handlesAllMethods else { return nil }
            return await self.respond(to: request, context: context)
        }
    }
}
