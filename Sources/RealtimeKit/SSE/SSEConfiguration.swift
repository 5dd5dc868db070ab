//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes

/// The settings of one event-stream endpoint. What belongs to all connections of a manager is in ``EngineConfiguration``.
public struct SSEConfiguration: Sendable {
    /// What is asked of a client when the server cannot serve it just now.
    public struct TemporaryRefusal: Hashable, Sendable {
        /// Clients that ask for an event stream get a short one that tells them to come back; everyone else gets 503 with `Retry-After`.
        /// The default: `EventSource` gives up for good on any status but 200.
        public static let retryStream = TemporaryRefusal(isStream: true)
        /// Everyone gets 503 with `Retry-After`.
        public static let serviceUnavailable = TemporaryRefusal(isStream: false)

        let isStream: Bool
    }

    /// What an idle stream carries; an event `ping` every 30 s by default.
    public var heartbeat: SSEHeartbeat = .default
    /// Which origins' pages may read the stream; all, without credentials, by default.
    public var cors: SSECORS = .any
    /// The reconnection time sent with the first event, in milliseconds; none by default.
    public var retry: Int?
    /// Whether a request that names no channel is refused with 400; off by default: direct messages and broadcasts to all reach it.
    public var requireChannels = false
    /// Whether a request is refused, as by `onConnect`, when none of its channels is granted; off by default.
    public var denyStreamIfNoChannelGranted = false
    /// What happens to channels that no pattern of the manager matches.
    public var unknownChannels: UnknownChannelPolicy = .denyOncePatternsExist
    /// The most channels that one request may name; 100 by default. More are refused with 400.
    public var maxChannelsPerConnection = 100
    /// The most UTF-8 bytes of a channel name, 1 to 255; 255 by default. Longer ones are refused with 400.
    public var maxNameLength = TopicName.maxLength
    /// How long a hook may take; 10 s by default, 1 ms to 1 hour.
    public var hookTimeout: Duration = .seconds(10)
    /// How many hooks may run at a time; 10,000 by default. Requests beyond are refused for the time being.
    public var maxRunningHooks = 10_000
    /// What becomes of connections whose credential expires; see ``RefreshPolicy``.
    public var refresh = RefreshPolicy()
    /// How long a stream may last, 1 s to 1 year, so that clients come back and are asked again who they are; `nil`, the default, for as long
    /// as it likes. It ends with an event `disconnect` of reason `max_age`.
    public var maxConnectionAge: Duration?
    /// What clients are told that cannot be served just now.
    public var temporaryRefusal: TemporaryRefusal = .retryStream
    /// Whether clients may change the channels of an open stream with POST `{path}/subscribe` and `{path}/unsubscribe`; off by default.
    ///
    /// The event `connected` carries a `key` then, which only the stream's own client knows. A request names `id`, `key` and `channel`, in the
    /// query or in a JSON body; a request of the same user needs no key. The same hooks decide as for a channel of the query.
    public var liveSubscriptions = false
    /// Which pages may send such requests; only those of the server's own origin by default.
    public var origin: OriginPolicy = .sameOrigin
    /// Whether a request whose `Accept` field leaves no room for `text/event-stream` is refused with 406; off by default.
    public var strictAccept = false
    /// Whether methods other than GET, HEAD and OPTIONS are answered with 405; off by default: they stay the router's affair.
    public var handlesAllMethods = false
    /// More response headers; they win over the plugin's own.
    public var headers: HTTPFields = [:]

    /// Makes the default settings.
    public init() {}

    func validate() throws(RealtimeError) {
        try self.cors.validate()
        try self.origin.validate()
        try Self.validate(retry: self.retry)
        guard self.maxChannelsPerConnection >= 1 else {
            throw RealtimeError(.invalidConfiguration, "maxChannelsPerConnection is \(self.maxChannelsPerConnection); at least 1 is accepted")
        }
        guard (1...TopicName.maxLength).contains(self.maxNameLength) else {
            throw RealtimeError(.invalidConfiguration, "maxNameLength is \(self.maxNameLength); 1 to \(TopicName.maxLength) are accepted")
        }
        try HookRunner.validate(timeout: self.hookTimeout, limit: self.maxRunningHooks)
        try ConnectionAge.validate(self.maxConnectionAge)
        try self.refresh.validate()
    }

    /// Checks a reconnection time.
    static func validate(retry: Int?) throws(RealtimeError) {
        if let retry, retry < 0 {
            throw RealtimeError(.invalidConfiguration, "retry is \(retry); it is a time in milliseconds, zero or more")
        }
    }
}
