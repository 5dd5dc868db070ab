//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

extension SSEEvent {
    /// An event with a value as JSON.
    ///
    /// - Parameters:
    ///   - value: encoded with ISO 8601 dates.
    ///   - event: the type, one line; `nil` for the default type `message`.
    ///   - id: the event's id, one line.
    ///   - retry: the reconnection time in milliseconds, zero or more.
    /// - Throws: what the value's `encode(to:)` throws.
    public static func json(_ value: some Encodable, event: String? = nil, id: String? = nil, retry: Int? = nil) throws -> SSEEvent {
        SSEEvent(event: event, data: try JSONText.encode(value), id: id, retry: retry)
    }
}
