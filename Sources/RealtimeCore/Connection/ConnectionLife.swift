//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The life of one connection: open, perhaps ending, closed. Decides what is said to the client and that the end is reported once.
package struct ConnectionLife: Sendable {
    private enum State {
        case open
        /// The last bytes are under way; the reason is fixed.
        case ending(DisconnectReason)
        case closed
    }

    private var state: State = .open

    package init() {}

    /// Whether messages may still be sent.
    package var isOpen: Bool {
        if case .open = self.state { true } else { false }
    }

    /// Whether nothing more will happen.
    package var isClosed: Bool {
        if case .closed = self.state { true } else { false }
    }

    package enum EndAction: Equatable {
        /// Send the farewell, then close.
        case sayFarewell
        case nothing
    }

    /// The server wants an orderly end. Only the first wish counts.
    package mutating func end(_ reason: DisconnectReason) -> EndAction {
        guard case .open = self.state else { return .nothing }
        self.state = .ending(reason)
        return .sayFarewell
    }

    package enum AbortAction: Equatable {
        /// Close the socket at once.
        case closeTransport
        case nothing
    }

    /// The server wants the connection gone without another byte. The reason of an end that has begun stays.
    package mutating func abort(_ reason: DisconnectReason) -> AbortAction {
        switch self.state {
        case .open:
            self.state = .ending(reason)
            return .closeTransport
        case .ending:
            return .closeTransport
        case .closed:
            return .nothing
        }
    }

    package enum CloseAction: Equatable {
        /// Tell the application, for the first and last time.
        case report(DisconnectReason)
        case nothing
    }

    /// The transport is gone. `cause` is the reason unless the server had one of its own.
    package mutating func transportClosed(_ cause: DisconnectReason) -> CloseAction {
        switch self.state {
        case .open:
            self.state = .closed
            return .report(cause)
        case .ending(let reason):
            self.state = .closed
            return .report(reason)
        case .closed:
            return .nothing
        }
    }
}
