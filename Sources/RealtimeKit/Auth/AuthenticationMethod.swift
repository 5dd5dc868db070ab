//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// How a user was recognised.
public struct AuthenticationMethod: Hashable, Sendable, CustomStringConvertible {
    /// A token in the `Authorization` header.
    public static let bearer = AuthenticationMethod("bearer")
    /// A key in a header of its own.
    public static let apiKey = AuthenticationMethod("api_key")
    /// A server-side session, named by a cookie.
    public static let session = AuthenticationMethod("session")
    /// A signed token in a cookie.
    public static let jwtCookie = AuthenticationMethod("jwt_cookie")
    /// A ticket in the query, which was issued for another credential.
    public static let ticket = AuthenticationMethod("ticket")
    /// The application's own `resolveUser`.
    public static let custom = AuthenticationMethod("custom")

    /// The method as a word, for logs.
    public let description: String

    /// A method of the application's own.
    public init(_ description: String) {
        self.description = description
    }
}
