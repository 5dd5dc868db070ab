//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird
import RealtimeCore

/// Protects the routes behind it against pages of other sites: a request that may change something is answered with 403 where an
/// ``OriginPolicy`` does not allow it. GET, HEAD and OPTIONS, which only read, pass.
///
/// Endpoints for WebSockets, and the POSTs of event streams, do this by themselves. An application's own routes need it wherever a cookie
/// opens something: a browser sends it along with what any page asks for.
public struct OriginMiddleware<Context: RequestContext>: RouterMiddleware {
    private let policy: OriginPolicy
    private let proxies: TrustedProxies

    /// Makes a middleware.
    ///
    /// - Parameters:
    ///   - policy: which pages may change something; only those of the server's own origin by default.
    ///   - proxies: who is believed about the scheme and host that a client asked for; nobody by default.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(_ policy: OriginPolicy, proxies: TrustedProxies = .none) throws(RealtimeError) {
        try policy.validate()
        self.policy = policy
        self.proxies = proxies
    }

    /// Lets only pages of the server's own origin change something.
    public init() {
        self.policy = .sameOrigin
        self.proxies = .none
    }

    /// Answers 403, or goes on.
    public func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        switch request.method {
        case .get, .head, .options: break
        default:
            guard self.policy.allows(OriginRequest(request, context, proxies: self.proxies)) else {
                throw HTTPError(.forbidden, message: "This page may not do that")
            }
        }
        return try await next(request, context)
    }
}
