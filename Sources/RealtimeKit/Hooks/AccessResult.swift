//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What a hook may return: `true` or `false`, a text (deny, and tell the client this), or an ``AccessDecision``.
public protocol AccessResult: Sendable {
    /// The result as a decision.
    var decision: AccessDecision { get }
}

extension AccessDecision: AccessResult {
    /// The decision itself.
    public var decision: AccessDecision { self }
}

extension Bool: AccessResult {
    /// `true` allows, `false` denies with a neutral text.
    public var decision: AccessDecision { AccessDecision(isAllowed: self) }
}

extension String: AccessResult {
    /// Denies with this text.
    public var decision: AccessDecision { AccessDecision(isAllowed: false, message: self) }
}

extension AccessResult where Self == AccessDecision {
    /// Lets in.
    public static var allow: AccessDecision { AccessDecision(isAllowed: true) }

    /// Keeps out and tells the client why; without a message it gets a neutral text.
    public static func deny(_ message: String? = nil) -> AccessDecision { AccessDecision(isAllowed: false, message: message) }
}
