//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The answer of a hook that lets in or keeps out: ``AccessResult/allow`` or ``AccessResult/deny(_:)``.
public struct AccessDecision: Hashable, Sendable {
    /// Whether it lets in.
    public let isAllowed: Bool
    /// What a client that is kept out is told; `nil` for a neutral text.
    public let message: String?

    init(isAllowed: Bool, message: String? = nil) {
        self.isAllowed = isAllowed
        self.message = message
    }
}
