//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

/// A context that keeps who is asking, for the handlers behind an ``AuthenticationMiddleware``.
public protocol AuthenticationContext: RequestContext {
    /// The application's user type.
    associatedtype User: Sendable
    /// Who is asking; `nil` for a request without a credential.
    var authentication: Authentication<User>? { get set }
}

/// Recognises users for the handlers behind it: `context.authentication` tells who is asking.
///
/// A request with a credential that is not good is answered with 401, one whose credential cannot be checked just now with 503.
public struct AuthenticationMiddleware<Context: AuthenticationContext>: RouterMiddleware {
    private let auth: any AuthResolver<Context.User>
    private let isRequired: Bool

    /// Makes a middleware.
    ///
    /// - Parameter isRequired: whether a request without a credential is answered with 401, too; off by default.
    public init(_ auth: some AuthResolver<Context.User>, isRequired: Bool = false) {
        self.auth = auth
        self.isRequired = isRequired
    }

    /// Answers 401 or 503, or goes on with the authentication in the context, and adds its ``Authentication/responseHeaders`` to the answer.
    public func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        if self.isRequired {
            context.authentication = try await self.auth.requireUser(request, context: context)
        } else {
            context.authentication = try await self.auth.authenticate(request, context: context)
        }
        var response = try await next(request, context)
        if let headers = context.authentication?.responseHeaders { response.headers += headers }
        return response
    }
}
