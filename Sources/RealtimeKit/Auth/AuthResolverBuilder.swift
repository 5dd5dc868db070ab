//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Collects the resolvers of an ``AuthResolverChain``.
@resultBuilder
public enum AuthResolverBuilder<User: Sendable> {
    /// One resolver.
    public static func buildExpression(_ resolver: some AuthResolver<User>) -> [any AuthResolver<User>] { [resolver] }

    /// A list of resolvers.
    public static func buildExpression(_ resolvers: [any AuthResolver<User>]) -> [any AuthResolver<User>] { resolvers }

    /// The resolvers that stand one below the other.
    public static func buildBlock(_ resolvers: [any AuthResolver<User>]...) -> [any AuthResolver<User>] { resolvers.flatMap { $0 } }

    /// Those behind an `if`.
    public static func buildOptional(_ resolvers: [any AuthResolver<User>]?) -> [any AuthResolver<User>] { resolvers ?? [] }

    /// Those of an `if` with `else`.
    public static func buildEither(first resolvers: [any AuthResolver<User>]) -> [any AuthResolver<User>] { resolvers }

    /// Those of an `else`.
    public static func buildEither(second resolvers: [any AuthResolver<User>]) -> [any AuthResolver<User>] { resolvers }

    /// Those of a loop.
    public static func buildArray(_ resolvers: [[any AuthResolver<User>]]) -> [any AuthResolver<User>] { resolvers.flatMap { $0 } }
}
