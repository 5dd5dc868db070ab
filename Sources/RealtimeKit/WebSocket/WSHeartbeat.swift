//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// What keeps an idle WebSocket alive through proxies, and finds clients that are gone without a farewell.
///
/// By default it goes out every 30 s in two forms in one write: the message `{"type":"ping"}`, and a protocol ping (RFC 6455 §5.5.2), which
/// browsers answer by themselves. Whatever a client sends shows that it is there; one that has sent nothing 10 s after a heartbeat is taken
/// out of its rooms and ended with 4408.
public struct WSHeartbeat: Hashable, Sendable {
    /// The time between two heartbeats, 100 ms to 1 day; `nil` for none.
    public var interval: Duration?
    /// How long a client may take to answer, 100 ms to 1 day.
    public var timeout: Duration
    /// Whether the message `{"type":"ping"}` is sent.
    public var sendsMessage: Bool
    /// Whether a protocol ping is sent.
    public var sendsPing: Bool

    /// Makes a heartbeat; values out of range are refused by the endpoint that is given it.
    public init(
        interval: Duration? = .seconds(30),
        timeout: Duration = .seconds(10),
        sendsMessage: Bool = true,
        sendsPing: Bool = true
    ) {
        self.interval = interval
        self.timeout = timeout
        self.sendsMessage = sendsMessage
        self.sendsPing = sendsPing
    }

    /// No heartbeat: connections whose clients are gone stay until something is sent to them.
    public static let disabled = WSHeartbeat(interval: nil)

    /// Protocol pings alone.
    ///
    /// - Parameters:
    ///   - interval: the time between two, 100 ms to 1 day.
    ///   - timeout: how long a client may take to answer, 100 ms to 1 day.
    public static func pings(every interval: Duration = .seconds(30), timeout: Duration = .seconds(10)) -> WSHeartbeat {
        WSHeartbeat(interval: interval, timeout: timeout, sendsMessage: false)
    }

    /// The sources of the default heartbeats, which have nothing that could be wrong.
    static let defaultSource = WSHeartbeat.source(.seconds(30), .seconds(10), sendsMessage: true)
    static let pingSource = WSHeartbeat.source(.seconds(30), .seconds(10), sendsMessage: false)
    static let noSource = HeartbeatSource(interval: nil) { WSFrames.ping(json: false, frame: true) }

    func makeSource() throws(RealtimeError) -> HeartbeatSource {
        guard let interval else { return Self.noSource }
        let range = Duration.milliseconds(100)...(.seconds(86_400))
        guard range.contains(interval), range.contains(self.timeout) else {
            throw RealtimeError(
                .invalidConfiguration,
                "the heartbeat's interval is \(interval) and its timeout \(self.timeout); 100 ms to 1 day are accepted for each"
            )
        }
        guard self.sendsMessage || self.sendsPing else {
            throw RealtimeError(
                .invalidConfiguration,
                "the heartbeat sends neither a message nor a ping; .disabled is the heartbeat that sends nothing"
            )
        }
        return Self.source(TimeAmount(interval), TimeAmount(self.timeout), sendsMessage: self.sendsMessage, sendsPing: self.sendsPing)
    }

    private static func source(_ interval: TimeAmount, _ timeout: TimeAmount, sendsMessage: Bool, sendsPing: Bool = true) -> HeartbeatSource {
        let message = WSFrames.ping(json: sendsMessage, frame: sendsPing)
        return HeartbeatSource(interval: interval, timeout: timeout) { message }
    }
}
