//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
public import Hummingbird
import NIOCore
import RealtimeCore

/// A response that is an event stream for one client, fed by a closure or a sequence.
///
/// ```swift
/// router.get("countdown") { _, _ in
///     SSEResponse { stream in
///         for number in (0...10).reversed() {
///             try await stream.send("tick", ["left": number])
///             try await Task.sleep(for: .seconds(1))
///         }
///     }
/// }
/// ```
///
/// The stream ends when the closure returns. When the client leaves, the closure's task is cancelled, and what is sent then throws. Sending
/// waits for a client that reads more slowly; one that takes nothing for 10 s is cut off. When the server stops, the stream may go on for
/// ``Configuration/shutdownGrace``; then it ends with an event `disconnect`.
///
/// `EventSource` opens a stream that has ended again, as the standard wants. Send an event that tells the page to call `close()`, as
/// ``progress(_:)`` does with `complete`.
public struct SSEResponse: ResponseGenerator, Sendable {
    /// What feeds a stream.
    public typealias Work = @Sendable (SSEResponseStream) async throws -> Void

    /// The streams of all of these, and of channels that belong to no manager.
    static let hub = SSEManager.makeHub(.init(), logger: SSEManager.defaultLogger)
    private static let fallbackNotice = OnceFlag()
    private static let defaultHeartbeat = HeartbeatSource(interval: .seconds(30)) { .sseComment("heartbeat") }

    private let configuration: Configuration
    private let heartbeat: HeartbeatSource
    private let work: Work
    var hub = Self.hub

    init(_ configuration: Configuration, heartbeat: HeartbeatSource, work: @escaping Work) {
        self.configuration = configuration
        self.heartbeat = heartbeat
        self.work = work
    }

    /// Makes a response that a closure feeds, with a comment every 30 s.
    public init(_ work: @escaping Work) {
        self.init(Configuration(), heartbeat: Self.defaultHeartbeat, work: work)
    }

    /// Makes a response that a closure feeds.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init(configuration: Configuration, _ work: @escaping Work) throws(RealtimeError) {
        try configuration.validate()
        self.init(configuration, heartbeat: try configuration.heartbeat.makeSource(), work: work)
    }

    /// Makes a response of a sequence of events. It ends with the sequence, which is asked for the next event only when the client has taken
    /// the one before. An endless one is fine: it is cancelled when the client leaves.
    public init<Events: AsyncSequence & Sendable>(events: Events) where Events.Element == SSEEvent {
        self.init { stream in
            for try await event in events { try await stream.send(event) }
        }
    }

    /// Makes a response of a sequence of events.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public init<Events: AsyncSequence & Sendable>(
        configuration: Configuration,
        events: Events
    ) throws(RealtimeError) where Events.Element == SSEEvent {
        try self.init(configuration: configuration) { stream in
            for try await event in events { try await stream.send(event) }
        }
    }

    /// The response. Called by Hummingbird for what a route handler returns.
    public func response(from request: Request, context: some RequestContext) -> Response {
        let headers = HTTPFields.eventStream.merging(self.configuration.headers)
        if request.method == .head { return .eventStreamHead(headers) }
        let channel = ConnectionScope.channel(of: context)
        let seat: ConnectionSeat?
        switch ConnectionLimiter.shared.open(request, Peer(context), at: self.hub.clock.now()) {
        case .admitted(let admitted): seat = admitted
        case .refused(let limit): return Refusal(request: request, metrics: self.hub.metrics).temporary(.limit(limit))
        }
        let logger = context.logger
        let stream = SSEResponseStream(hub: self.hub)
        // Begun here, so that it inherits the task-local values of the route handler. It waits until the stream is open.
        let task = Task { [work = self.work] in await stream.run(work, logger: logger) }
        let feed = Feed(stream: stream)
        let opening = SSEStream(
            id: stream.id,
            userID: nil,
            hub: self.hub,
            topics: [],
            greeting: SSEMessages.opening(retry: self.configuration.retry),
            heartbeat: self.heartbeat,
            channel: channel,
            logger: logger,
            fallbackNotice: Self.fallbackNotice,
            seat: seat,
            shutdownDelay: TimeAmount(self.configuration.shutdownGrace),
            onOpen: { feed.stream.opened($0) },
            onClose: { _, _ in
                // First, so that a closure that waits for the end finds itself cancelled then.
                task.cancel()
                stream.ended()
            }
        )
        return Response(status: .ok, headers: headers, body: ResponseBody { writer in try await opening.run(&writer) })
    }

    /// Ends the wait of a stream's task when the response is forgotten, because a middleware replaced it, for example, or could not be written.
    private final class Feed: Sendable {
        let stream: SSEResponseStream

        init(stream: SSEResponseStream) {
            self.stream = stream
        }

        deinit { self.stream.neverOpened() }
    }
}
