//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

/// Recognises the user behind a request by one kind of credential, or by several: see ``AuthResolverChain``.
///
/// Endpoints take one as `auth:`. Handlers of an application's own ask with ``AuthResolver/authenticate(_:context:)``, or leave it to
/// ``AuthenticationMiddleware``.
public protocol AuthResolver<User>: Sendable {
    /// The application's user type.
    associatedtype User: Sendable

    /// Whether the credential is one that a browser sends by itself (a cookie). A chain asks for such credentials last. False by default.
    var isAmbient: Bool { get }

    /// Looks for a credential and checks it.
    ///
    /// - Throws: when the check itself failed, for example because a store could not be reached. The request is then refused for the time
    ///   being, never treated as anonymous. An `HTTPError` keeps its status; its message is not sent.
    func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User>

    /// What recognises the texts that a client may bring instead of a credential that is about to expire; none by default.
    var tokenResolvers: [any TokenAuthResolver<User>] { get }
}

extension AuthResolver {
    /// None.
    public var tokenResolvers: [any TokenAuthResolver<User>] { [] }

    /// False: the credential is one that a client gives on purpose.
    public var isAmbient: Bool { false }
}

/// An ``AuthResolver`` whose credential is a text that may also come another way than with a request.
public protocol TokenAuthResolver<User>: AuthResolver {
    /// Checks a credential.
    ///
    /// - Returns: never ``AuthOutcome/none``.
    /// - Throws: when the check itself failed.
    func resolve(token: String) async throws -> AuthOutcome<User>
}

extension TokenAuthResolver {
    /// This one.
    public var tokenResolvers: [any TokenAuthResolver<User>] { [self] }
}
