//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Where an ``APIKeyResolver`` finds the records of keys: a table of the application's database, or a ``MemoryAPIKeyStore``.
public protocol APIKeyStore: Sendable {
    /// Finds the record of a key.
    ///
    /// - Parameter id: 1 to 32 letters and digits (ASCII); upper and lower case differ. It comes from a client.
    /// - Returns: `nil` when there is none.
    /// - Throws: when the store cannot tell. The request is then refused for the time being.
    func find(id: String) async throws -> APIKeyRecord?
}
