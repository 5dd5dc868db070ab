//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Decides what the HTTP side of a connection may still do once the connection has been taken over.
///
/// The response is ended normally, so that middleware sees a finished request. What then comes down from Hummingbird is swallowed: the
/// response's end, and the two closes with which its per-connection task says goodbye once an error has ended it. That task is what
/// costs most of an idle connection's memory.
struct TakeoverMachine {
    private enum State {
        /// The response's end is still to come.
        case responding
        /// The task has been told to go.
        case detached
        case closed
    }

    enum CloseMode {
        case input
        case output
        case all
    }

    private var state: State = .responding
    private var hasSwallowedOutputClose = false
    private var hasSwallowedClose = false

    enum WriteAction: Equatable {
        /// Drop it, report success.
        case swallow
        /// Drop it, report success, and end the task in the next tick.
        case swallowAndDetach
    }

    /// The HTTP side writes something, which can only be the end of the response.
    mutating func write() -> WriteAction {
        guard self.state == .responding else { return .swallow }
        self.state = .detached
        return .swallowAndDetach
    }

    enum CloseAction: Equatable {
        case swallow
        case forward
    }

    /// The HTTP side closes the channel. Exactly one close of the output and one of everything belong to its farewell.
    mutating func close(_ mode: CloseMode) -> CloseAction {
        guard self.state != .closed else { return .forward }
        switch mode {
        case .output where !self.hasSwallowedOutputClose:
            self.hasSwallowedOutputClose = true
            return .swallow
        case .all where !self.hasSwallowedClose:
            self.hasSwallowedClose = true
            return .swallow
        default:
            return .forward
        }
    }

    /// The channel is closing or closed for real.
    mutating func closed() {
        self.state = .closed
    }
}
