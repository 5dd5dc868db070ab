//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

/// An endpoint in the form of a middleware: answers the requests for its path, passes all others on.
///
/// For routers without routes of their own, and for endpoints in front of a router's. A middleware that is added after it does not run for
/// the endpoint.
public struct SSEMiddleware<Context: RequestContext, User: Sendable>: RouterMiddleware {
    private let plugin: SSEPlugin<Context, User>
    private let path: String

    fileprivate init(plugin: SSEPlugin<Context, User>, path: RouterPath) {
        self.plugin = plugin
        self.path = Self.normal(path.description)
    }

    /// Answers a request for the endpoint.
    public func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        guard self.isMeant(request) else { return try await next(request, context) }
        return await self.plugin.respond(to: request, context: context)
    }

    private func isMeant(_ request: Request) -> Bool {
        let path = Self.normal(request.uri.path)
        if path == self.path { return self.plugin.answers(request.method) }
        guard let action = self.plugin.action(of: request) else { return false }
        return path == "\(self.path)/\(action.rawValue)" && [.post, .options].contains(request.method)
    }

    /// A path without the slash at its end, as routers see it.
    private static func normal(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}

extension SSEPlugin {
    /// The endpoint as a middleware.
    ///
    /// - Parameter path: a path without parameters.
    public func middleware(path: RouterPath = "/sse") -> SSEMiddleware<Context, User> {
        SSEMiddleware(plugin: self, path: path)
    }
}
