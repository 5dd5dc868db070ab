//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What the `:name` and `*name` segments of a ``TopicPattern`` matched.
public struct TopicParameters: Hashable, Sendable {
    private let values: [String: String]

    package init(_ values: [String: String] = [:]) {
        self.values = values
    }

    /// The text that a segment matched; `nil` for a name that the pattern does not have.
    public subscript(name: String) -> String? {
        self.values[name]
    }

    /// The text that a segment matched as a type, such as `Int` or `UUID`; `nil` when it is not one.
    public subscript<Value: LosslessStringConvertible>(name: String, as type: Value.Type) -> Value? {
        self.values[name].flatMap { Value($0) }
    }
}
