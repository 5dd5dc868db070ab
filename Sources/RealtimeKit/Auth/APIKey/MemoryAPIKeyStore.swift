//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Records of API keys in memory, for tests, and for applications whose keys come from the environment.
public final class MemoryAPIKeyStore: APIKeyStore {
    private let records: Mutex<[String: APIKeyRecord]>

    /// Makes a store. Of records with the same id, the last one counts.
    public init(_ records: [APIKeyRecord] = []) {
        self.records = Mutex(Dictionary(records.map { ($0.id, $0) }) { $1 })
    }

    /// Adds a record, in place of one with the same id.
    public func add(_ record: APIKeyRecord) { self.records.withLock { $0[record.id] = record } }

    /// Removes a record. New requests with its key are refused from now on; connections that are open stay so.
    public func remove(id: String) { self.records.withLock { $0[id] = nil } }

    /// Finds the record of a key.
    public func find(id: String) -> APIKeyRecord? { self.records.withLock { $0[id] } }
}
