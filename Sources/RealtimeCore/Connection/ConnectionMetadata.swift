//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What an application keeps beside a connection: any `Sendable` values by key, gone when the connection ends.
public struct ConnectionMetadata: Sendable {
    private var values: [String: any Sendable] = [:]

    /// Makes metadata from values by key.
    public init(_ values: [String: any Sendable] = [:]) {
        self.values = values
    }

    /// Whether nothing is kept.
    public var isEmpty: Bool { self.values.isEmpty }

    /// The keys in use, in no particular order.
    public var keys: [String] { Array(self.values.keys) }

    /// The value of a key, untyped; setting `nil` removes the key.
    public subscript(key: String) -> (any Sendable)? {
        get { self.values[key] }
        set { self.values[key] = newValue }
    }

    /// The value of a key as a type; `nil` when the key is absent or holds another type.
    public subscript<Value: Sendable>(key: String, as type: Value.Type) -> Value? {
        self.values[key] as? Value
    }
}
