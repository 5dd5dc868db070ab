//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
public import Hummingbird

extension SSEPlugin {
    /// Registers the endpoint with a router or a group of routes.
    ///
    /// GET, HEAD and OPTIONS are registered; with ``SSEConfiguration/handlesAllMethods`` the others are as well and answer 405.
    ///
    /// - Returns: the router, for chaining.
    @discardableResult
    public func addRoutes<Router: RouterMethods<Context>>(to router: Router, path: RouterPath = "/sse") -> Router {
        func add(_ path: RouterPath, _ methods: [HTTPRequest.Method]) {
            for method in methods {
                router.on(path, method: method) { request, context in
                    await self.respond(to: request, context: context)
                }
            }
        }
        add(path, [.get, .head, .options, .post, .put, .patch, .delete].filter { self.endpoint.answers($0) })
        for path in self.subscriptionPaths(below: path) { add(path, [.post, .options]) }
        return router
    }

    /// The endpoint as a middleware: answers the requests for its path, passes all others on.
    ///
    /// For routers without routes of their own, and for endpoints in front of a router's. A middleware that is added after it does not run
    /// for the endpoint.
    ///
    /// - Parameter path: a path without parameters.
    public func middleware(path: RouterPath = "/sse") -> some RouterMiddleware<Context> {
        PathMiddleware([path] + self.subscriptionPaths(below: path)) { request, context in
            let isMeant =
                self.endpoint.action(of: request) == nil ? self.endpoint.answers(request.method) : [.post, .options].contains(request.method)
            return isMeant ? await self.respond(to: request, context: context) : nil
        }
    }

    /// Answers a request: the stream for GET, its headers alone for HEAD, what is allowed for OPTIONS, 405 for everything else. With
    /// ``SSEConfiguration/liveSubscriptions`` a POST whose path ends with `/subscribe` or `/unsubscribe` changes an open stream,
    /// and one that ends with `/refresh` brings another credential for it where the endpoint has `auth:` (see ``SSEConfiguration/refresh``).
    ///
    /// For routes of your own, and for HummingbirdRouter: `Get("sse") { await plugin.respond(to: $0, context: $1) }`. See also
    /// ``middleware(path:)``.
    public func respond(to request: Request, context: Context) async -> Response { await self.endpoint.respond(to: request, context) }

    private func subscriptionPaths(below path: RouterPath) -> [RouterPath] {
        self.endpoint.actions.map { RouterPath("\(path)/\($0.rawValue)") }
    }
}
