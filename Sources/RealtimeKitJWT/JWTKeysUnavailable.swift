//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The keys of an issuer have not been loaded yet, and cannot be just now. Nothing is known about the token: the request is refused for the
/// time being.
public struct JWTKeysUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
    /// The error as a sentence.
    public var description: String { "The keys of an issuer of JSON Web Tokens could not be loaded" }

    init() {}
}
