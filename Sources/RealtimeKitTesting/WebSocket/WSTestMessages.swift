//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import RealtimeKit

/// The messages of a ``WSTestClient``, until its connection ends.
public struct WSTestMessages: AsyncSequence, Sendable {
    /// A message as a client sees it.
    public typealias Element = WSMessage

    let client: WSTestClient

    /// Begins to wait.
    public func makeAsyncIterator() -> Iterator { Iterator(client: self.client) }

    /// Waits for one message after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let client: WSTestClient

        /// The next message; `nil` when the connection has ended.
        ///
        /// - Throws: ``TestTimeout`` when nothing comes in time.
        public func next() async throws -> WSMessage? { try await self.client.nextOrEnd() }
    }
}
