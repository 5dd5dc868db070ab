//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird

/// Answers the requests for some paths, passes all others on: an endpoint for routers without routes of their own, and in front of a router's.
struct PathMiddleware<Context: RequestContext>: RouterMiddleware {
    private let paths: Set<String>
    private let respond: @Sendable (Request, Context) async -> Response?

    /// - Parameters:
    ///   - paths: paths without parameters.
    ///   - respond: answers a request for one of them, or leaves it to others with `nil`.
    init(_ paths: [RouterPath], respond: @escaping @Sendable (Request, Context) async -> Response?) {
        self.paths = Set(paths.map { Self.normal($0.description) })
        self.respond = respond
    }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        guard self.paths.contains(Self.normal(request.uri.path)), let response = await self.respond(request, context) else {
            return try await next(request, context)
        }
        return response
    }

    /// A path without the slash at its end, as routers see it.
    private static func normal(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
