//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import RealtimeCore
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension SSEChannel {
    /// Is told of a client: it is on the channel, and what is sent to it arrives.
    public typealias OnConnect = @Sendable (SSEClientInfo) async throws -> Void
    /// Is told of a client that is gone, once for each that connected, whatever ended it, and after `onConnect` has returned.
    public typealias OnDisconnect = @Sendable (SSEClientInfo, DisconnectReason) async -> Void

    /// Answers a request with a stream of the channel.
    ///
    /// - Parameters:
    ///   - request: the request, which may be GET or HEAD.
    ///   - context: its context.
    ///   - clientID: the client's name on the channel, 1 to 255 UTF-8 bytes without control characters; by default one is made up. A bad one is
    ///     answered with 400.
    ///   - userID: whose client it is, for filters and the limit of connections per user.
    ///   - metadata: what filters may decide on.
    ///   - headers: more response headers; they win over the channel's.
    ///   - duplicates: what happens when the name is in use.
    ///   - onConnect: is told when the client is on the channel; an error ends the stream.
    ///   - onDisconnect: is told when it is gone.
    /// - Returns: the stream; 503 with `Retry-After: 30` when the channel is full, 409 for a duplicate that is refused, 429 or a request to come
    ///   back later for a limit of ``ConnectionLimiter``.
    public func respond(
        to request: Request,
        context: some RequestContext,
        clientID: String? = nil,
        userID: String? = nil,
        metadata: [String: any Sendable] = [:],
        headers: HTTPFields = [:],
        duplicates: DuplicatePolicy = .replace,
        onConnect: OnConnect? = nil,
        onDisconnect: OnDisconnect? = nil
    ) -> Response {
        let refusal = Refusal(request: request, metrics: self.hub.metrics)
        if let clientID {
            do {
                try TopicName.validate(clientID)
            } catch {
                return refusal.badRequest("the client's id: \(error.message)")
            }
        }
        if self.hub.isDraining { return refusal.temporary(.draining) }
        let fields = HTTPFields.eventStream.merging(self.options.headers).merging(headers)
        if request.method == .head { return .eventStreamHead(fields) }

        let channel = ConnectionScope.channel(of: context)
        let seat: ConnectionSeat?
        switch self.limiter.open(request, Peer(context), at: self.hub.clock.now()) {
        case .admitted(let admitted): seat = admitted
        case .refused(let limit): return refusal.temporary(.limit(limit))
        }
        if let userID, let limit = seat?.assign(user: userID) { return refusal.temporary(.limit(limit)) }

        let id = ConnectionID()
        let clientID = clientID ?? id.description
        switch self.roster.withLock({ $0.reserve(clientID, replaces: duplicates.replaces) }) {
        case .reserved: break
        case .full: return refusal.full()
        case .duplicate: return refusal.respond(.conflict, ["message": "This client is connected already"], reason: "duplicate")
        case .retired: return refusal.temporary(.draining)
        }
        let place = SSEChannelPlace(clientID, on: self)
        let hooks = SSEChannelHooks(onConnect: onConnect, onDisconnect: onDisconnect, runner: self.runner)
        let metadata = ConnectionMetadata(metadata)
        let stream = SSEStream(
            id: id,
            userID: userID,
            hub: self.hub,
            topics: [(self.topic, nil)],
            greeting: SSEMessages.opening(retry: self.options.retry),
            heartbeat: self.heartbeat,
            channel: channel,
            logger: context.logger,
            fallbackNotice: Self.fallbackNotice,
            seat: seat,
            metadata: metadata,
            willOpen: { place.occupy(with: id) },
            onOpen: { [hub = self.hub, logger = context.logger] connection in
                guard connection != nil else { return }
                // The channel may have been removed since the place was reserved, or the place been taken by another before it was registered.
                defer { if self.roster.withLock({ $0.isRetired || $0.clientID(of: id) == nil }) { hub.end([id], .kicked) } }
                // Whoever is being ended already was here all the same.
                let connectedAt = hub.query { $0.info(of: id)?.connectedAt } ?? .now
                let client = SSEClientInfo(id: clientID, connectionID: id, userID: userID, connectedAt: connectedAt, metadata: metadata)
                hooks.connected(client) { error in
                    logger.warning("onConnect failed", metadata: ["rt.error": "\(type(of: error))"])
                    hub.end([id], .failed)
                }
            },
            onClose: { connectedAt, reason in
                place.leave(id)
                let client = SSEClientInfo(id: clientID, connectionID: id, userID: userID, connectedAt: connectedAt, metadata: metadata)
                hooks.disconnected(client, reason)
            }
        )
        return Response(status: .ok, headers: fields, body: ResponseBody { writer in try await stream.run(&writer) })
    }
}
