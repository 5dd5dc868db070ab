//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes

/// The settings of one WebSocket endpoint with rooms. What belongs to all connections of a manager is in ``EngineConfiguration``.
public struct WSConfiguration: Sendable {
    /// Who may send a `broadcast` to a room.
    public struct BroadcastPolicy: Hashable, Sendable {
        private enum Kind {
            case members
            case anyone
            case disabled
        }

        /// Its members. The default.
        public static let members = BroadcastPolicy(kind: .members)
        /// Every connection.
        public static let anyone = BroadcastPolicy(kind: .anyone)
        /// No client; the application alone.
        public static let disabled = BroadcastPolicy(kind: .disabled)

        private let kind: Kind
    }

    /// What an idle connection carries, and how its end is noticed; every 30 s by default, with 10 s to answer.
    public var heartbeat = WSHeartbeat()
    /// Which pages may connect; only those of the server's own origin by default.
    public var origin: OriginPolicy = .sameOrigin
    /// The subprotocols that are spoken (RFC 6455 §1.9), the best first; none by default. The first that a client offers is chosen, and none
    /// when it offers none of them.
    public var subprotocols: [String] = []
    /// Whether `permessage-deflate` (RFC 7692) is agreed upon with clients that offer it, as browsers do; on by default. Messages are compressed
    /// by themselves, those to many once for all, from ``EngineConfiguration/compressionThreshold`` on. Do not send secrets and a stranger's
    /// text in one compressed message: its length tells of what they have in common.
    public var compression = true
    /// The longest message from a client in bytes; 1 MiB by default, 1 byte to 1 GiB. A longer one ends the connection with 1009.
    public var maxMessageBytes = 1 << 20
    /// The most frames that a message may come in; 100,000 by default, at least 1. More end the connection with 1009.
    public var maxFragments = 100_000
    /// The most objects and arrays inside each other in a client's message; 64 by default, 1 to 128.
    public var maxJSONDepth = 64
    /// The most rooms that a client may be in when it joins another; 100 by default, at least 1. The manager's own ``WSManager/join(_:room:)``
    /// may go beyond.
    public var maxRooms = 100
    /// The most UTF-8 bytes of a room's name, 1 to 255; 255 by default.
    public var maxNameLength = TopicName.maxLength
    /// How many messages a client may send, a second and at once; 100 and 200 by default, `nil` for no limit. Protocol pings do not count.
    /// Messages beyond are answered with an error of code `rate` and not looked at.
    public var messageRate: WSMessageRate? = WSMessageRate(perSecond: 100, burst: 200)
    /// How many errors a client may cause before it is ended with 4429; 1000 by default, at least 1. A hundredth of them is forgiven each
    /// second.
    public var maxErrors = 1000
    /// Who may send to rooms; their members by default.
    public var broadcasts: BroadcastPolicy = .members
    /// What happens to rooms that no pattern of the manager matches.
    public var unknownRooms: UnknownChannelPolicy = .denyOncePatternsExist
    /// How long a hook may take; 10 s by default, 1 ms to 1 hour.
    public var hookTimeout: Duration = .seconds(10)
    /// How many hooks may run at a time; 10,000 by default. What would need more is refused.
    public var maxRunningHooks = 10_000
    /// What becomes of connections whose credential expires; see ``RefreshPolicy``.
    public var refresh = RefreshPolicy()
    /// How long a connection may last, 1 s to 1 year, so that clients come back and are asked again who they are; `nil`, the default, for as
    /// long as it likes. It ends with 1001.
    public var maxConnectionAge: Duration?
    /// Whether methods other than GET are answered with 405; off by default: they stay the router's affair.
    public var handlesAllMethods = false
    /// More header fields of the response.
    public var headers: HTTPFields = [:]

    /// Makes the default settings.
    public init() {}

    var limits: WSLimits { WSLimits(maxMessageBytes: self.maxMessageBytes, maxFragments: self.maxFragments) }

    func validate() throws(RealtimeError) {
        try self.origin.validate()
        try self.limits.validate()
        try WSUpgrade.validate(subprotocols: self.subprotocols)
        try ConnectionAge.validate(self.maxConnectionAge)
        try self.refresh.validate()
        guard (1...JSONScanner.depthLimit).contains(self.maxJSONDepth) else {
            throw RealtimeError(.invalidConfiguration, "maxJSONDepth is \(self.maxJSONDepth); 1 to \(JSONScanner.depthLimit) are accepted")
        }
        guard self.maxRooms >= 1 else {
            throw RealtimeError(.invalidConfiguration, "maxRooms is \(self.maxRooms); at least 1 is accepted")
        }
        guard (1...TopicName.maxLength).contains(self.maxNameLength) else {
            throw RealtimeError(.invalidConfiguration, "maxNameLength is \(self.maxNameLength); 1 to \(TopicName.maxLength) are accepted")
        }
        try self.messageRate?.validate()
        guard self.maxErrors >= 1 else {
            throw RealtimeError(.invalidConfiguration, "maxErrors is \(self.maxErrors); at least 1 is accepted")
        }
        try HookRunner.validate(timeout: self.hookTimeout, limit: self.maxRunningHooks)
    }
}

/// How many messages a client may send.
public struct WSMessageRate: Hashable, Sendable {
    /// So many each second; above 0, up to a million.
    public var perSecond: Double
    /// So many at once after a quiet time; at least 1.
    public var burst: Int

    /// Makes a rate; values out of range are refused by the endpoint that is given it.
    public init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }

    func validate() throws(RealtimeError) {
        guard self.perSecond > 0, self.perSecond <= 1_000_000, self.burst >= 1 else {
            throw RealtimeError(
                .invalidConfiguration,
                "messageRate is \(self.perSecond) a second with bursts of \(self.burst); more than 0 to 1000000, and at least 1, are accepted"
            )
        }
    }
}
