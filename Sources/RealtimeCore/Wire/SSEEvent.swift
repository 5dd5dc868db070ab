//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// One Server-Sent Event (WHATWG HTML §9.2.5).
///
/// `data` may hold any text: line breaks (CRLF, CR or LF) are carried as several `data:` lines and arrive as LF. `event` and `id` are
/// single lines; one with CR, LF or NUL is refused when the event is encoded, because it could forge other events.
public struct SSEEvent: Hashable, Sendable {
    /// The event's type; `nil` reaches a browser's `message` listeners.
    public var event: String?
    /// The payload; `nil` writes an empty `data:` line, so that the event is still dispatched.
    public var data: String?
    /// Becomes the client's last event id, which it sends as `Last-Event-ID` when it reconnects.
    public var id: String?
    /// How many milliseconds a client waits before it reconnects.
    public var retry: Int?

    /// Makes an event.
    ///
    /// - Parameters:
    ///   - event: the type, one line; `nil` for the default type `message`.
    ///   - data: any text.
    ///   - id: the event's id, one line.
    ///   - retry: the reconnection time in milliseconds, zero or more.
    public init(event: String? = nil, data: String? = nil, id: String? = nil, retry: Int? = nil) {
        self.event = event
        self.data = data
        self.id = id
        self.retry = retry
    }

    /// An event of the default type with a text.
    public static func text(_ text: String) -> SSEEvent {
        SSEEvent(data: text)
    }
}
