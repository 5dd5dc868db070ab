//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird

/// Answers the requests for a path, passes all others on: an endpoint for routers without routes of their own, and in front of a router's.
struct PathMiddleware<Context: RequestContext>: RouterMiddleware {
    private let path: String
    private let respond: @Sendable (Request, Context) async -> Response?

    /// - Parameters:
    ///   - path: a path without parameters.
    ///   - respond: answers a request for it, or leaves it to others with `nil`.
    init(path: RouterPath, respond: @escaping @Sendable (Request, Context) async -> Response?) {
        self.path = Self.normal(path.description)
        self.respond = respond
    }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        guard Self.normal(request.uri.path) == self.path, let response = await self.respond(request, context) else {
            return try await next(request, context)
        }
        return response
    }

    /// A path without the slash at its end, as routers see it.
    private static func normal(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
