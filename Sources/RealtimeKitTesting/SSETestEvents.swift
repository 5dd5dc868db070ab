//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import RealtimeCore

/// The events of an ``SSETestClient``, until its stream ends.
public struct SSETestEvents: AsyncSequence, Sendable {
    /// An event as a client sees it.
    public typealias Element = SSEParser.Event

    let client: SSETestClient

    /// Begins to wait.
    public func makeAsyncIterator() -> Iterator { Iterator(client: self.client) }

    /// Waits for one event after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let client: SSETestClient

        /// The next event; `nil` when the stream has ended.
        ///
        /// - Throws: ``TestTimeout`` when nothing comes in time.
        public func next() async throws -> SSEParser.Event? { try await self.client.nextOrEnd() }
    }
}
