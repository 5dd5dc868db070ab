//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird

/// Several kinds of credentials, of which a request may bring one.
///
/// ```swift
/// let auth = AuthResolverChain {
///     BearerTokenResolver { token in try await users.find(token: token) }
///     SessionCookieResolver(sessions) { session in try await users.find(session.userID) }
/// }
/// router.sse("/sse", auth: auth)
/// ```
///
/// Credentials that a client gives on purpose (headers) come before those that a browser sends by itself (cookies), otherwise in the order of
/// the list. The first credential that is PRESENT decides: a bad bearer token is refused, and never passed over for a cookie. A chain in a chain
/// of the same policy is as good as its resolvers in its place.
public struct AuthResolverChain<User: Sendable>: AuthResolver {
    /// Which of several credentials decides.
    public struct Policy: Hashable, Sendable {
        private enum Kind {
            case firstPresent
            case firstSuccess
        }

        /// The first that is present, good or bad. The default.
        public static var firstPresent: Policy { Policy(kind: .firstPresent) }
        /// The first that is good; the request is refused when some are present and none is good. For clients that send an outdated
        /// credential beside a good one.
        public static var firstSuccess: Policy { Policy(kind: .firstSuccess) }

        private let kind: Kind
    }

    /// Whether only credentials are looked for that a browser sends by itself.
    public let isAmbient: Bool
    /// Whether such credentials are looked for, among others or alone.
    private let hasAmbient: Bool
    private let resolvers: [any AuthResolver<User>]
    private let policy: Policy

    /// Makes a chain from a list. An empty one finds nobody.
    public init(_ resolvers: [any AuthResolver<User>], policy: Policy = .firstPresent) {
        let resolvers = resolvers.flatMap { resolver -> [any AuthResolver<User>] in
            guard let chain = resolver as? AuthResolverChain<User>, chain.policy == policy else { return [resolver] }
            return chain.resolvers
        }
        // A chain of another policy stays as it is. Where it looks for cookies among others, it comes in between.
        self.resolvers = (0...2).flatMap { rank in resolvers.filter { Self.rank($0) == rank } }
        self.hasAmbient = resolvers.contains { Self.rank($0) > 0 }
        self.isAmbient = !resolvers.isEmpty && resolvers.allSatisfy(\.isAmbient)
        self.policy = policy
    }

    /// Makes a chain from the resolvers that stand one below the other.
    ///
    /// - Throws: what the closure throws.
    public init(policy: Policy = .firstPresent, @AuthResolverBuilder<User> _ resolvers: () throws -> [any AuthResolver<User>]) rethrows {
        self.init(try resolvers(), policy: policy)
    }

    /// Those of all resolvers of the chain.
    public var tokenResolvers: [any TokenAuthResolver<User>] { self.resolvers.flatMap { $0.tokenResolvers } }

    private static func rank(_ resolver: any AuthResolver<User>) -> Int {
        if resolver.isAmbient { return 2 }
        return (resolver as? AuthResolverChain<User>)?.hasAmbient == true ? 1 : 0
    }

    /// Asks the resolvers, until one decides.
    public func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User> {
        var isRejected = false
        for resolver in self.resolvers {
            switch try await resolver.resolve(request, context: context) {
            case .none: continue
            case .user(let found): return .user(found)
            case .rejected where self.policy == .firstSuccess: isRejected = true
            case .rejected: return .rejected
            }
        }
        return isRejected ? .rejected : .none
    }
}
