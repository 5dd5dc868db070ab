//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// The heartbeat of all connections of a manager.
///
/// Each endpoint brings one of its own, which runs as long as there are connections. These calls take its place.
extension WSManager {
    /// Sends heartbeats to all connections from now on, those that come later included, whatever their endpoints' settings. Does nothing while
    /// heartbeats that were started so are sent.
    ///
    /// - Parameters:
    ///   - interval: the time between two, 100 ms to 1 day.
    ///   - timeout: how long a client may take to answer, 100 ms to 1 day; whoever has sent nothing until then is ended with 4408.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public func startHeartbeat(interval: Duration = .seconds(30), timeout: Duration = .seconds(10)) throws(RealtimeError) {
        let source = try WSHeartbeat(interval: interval, timeout: timeout).makeSource()
        if self.heartbeat.start(source) { self.hub.beat(source) }
    }

    /// Sends no more heartbeats, until ``startHeartbeat(interval:timeout:)``.
    public func stopHeartbeat() {
        self.heartbeat.stop()
        self.hub.beat(WSHeartbeat.noSource)
    }

    /// Whether heartbeats are sent: they were started, or a connection has an endpoint that sends them.
    public nonisolated var heartbeatActive: Bool { self.heartbeat.isActive }

    /// Counts a connection as alive that has just shown by other means that it is. What clients send, whatever it is, counts by itself.
    ///
    /// - Returns: whether the connection exists.
    @discardableResult
    public nonisolated func pong(_ id: ConnectionID) -> Bool {
        self.hub.received(from: id)
    }
}

/// Which heartbeat the connections of a manager get.
final class WSHeartbeatState: Sendable {
    private enum Mode {
        /// Each connection has its endpoint's.
        case endpoints
        case started(HeartbeatSource)
        case stopped
    }

    private struct State {
        var mode = Mode.endpoints
        /// The connections whose endpoint has a heartbeat.
        var count = 0
    }

    private let state = Mutex(State())

    /// - Returns: whether that is new.
    func start(_ source: HeartbeatSource) -> Bool {
        self.state.withLock { state in
            if case .started = state.mode { return false }
            state.mode = .started(source)
            return true
        }
    }

    func stop() { self.state.withLock { $0.mode = .stopped } }

    var isActive: Bool {
        self.state.withLock { state in
            switch state.mode {
            case .endpoints: state.count > 0
            case .started: true
            case .stopped: false
            }
        }
    }

    /// A connection comes.
    ///
    /// - Returns: its heartbeat.
    func opened(_ endpoint: HeartbeatSource) -> HeartbeatSource {
        self.state.withLock { state in
            if endpoint.interval != nil { state.count += 1 }
            return switch state.mode {
            case .endpoints: endpoint
            case .started(let source): source
            case .stopped: WSHeartbeat.noSource
            }
        }
    }

    /// A connection is gone.
    func closed(_ endpoint: HeartbeatSource) {
        if endpoint.interval != nil { self.state.withLock { $0.count -= 1 } }
    }
}
