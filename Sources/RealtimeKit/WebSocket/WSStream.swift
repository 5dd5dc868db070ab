//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An accepted WebSocket: the 101 (RFC 6455 §4.2.2), and what happens behind it.
///
/// Registration happens once the 101 has been written, and not before, because a middleware may still replace the response.
struct WSStream: Sendable {
    let id: ConnectionID
    let userID: String?
    let hub: Hub
    let limits: WSLimits
    /// The compression that the handshake agrees upon, if any.
    let deflate: WSDeflateAgreement?
    let greeting: WireMessage?
    let heartbeat: HeartbeatSource
    /// What may take the place of the heartbeat.
    var beats: WSHeartbeatState?
    let channel: any Channel
    let logger: Logger
    /// What the connection is counted under; given back when it is gone, or when it never came to be.
    var seat: ConnectionSeat?
    var lifetime: TimeAmount?
    /// What the connection is opened with, and for how long; `nil` for an anonymous one.
    var grant: ConnectionGrant?
    var outbox: OutboxLimits?
    /// Makes what the messages go to, on the event loop.
    let makeReceiver: @Sendable () -> any WSReceiver
    /// Called once, on the event loop: with the registered connection, or with `nil` when the stream could not begin.
    var onOpen: @Sendable (Connection?, WSSession?) -> Void = { _, _ in }
    /// Called once, on the event loop, when the registered connection is gone.
    let onClose: @Sendable (Date, DisconnectReason) -> Void

    /// The response.
    ///
    /// - Parameters:
    ///   - handshake: what it answers.
    ///   - subprotocol: the chosen one, if any.
    ///   - headers: more fields.
    func response(to handshake: WSHandshake, subprotocol: String?, headers: HTTPFields) -> Response {
        var fields = headers
        fields[.upgrade] = "websocket"
        fields[.connection] = "Upgrade"
        fields[.secWebSocketAccept] = handshake.accept
        fields[.secWebSocketProtocol] = subprotocol
        fields[.secWebSocketExtensions] = self.deflate?.field
        return Response(status: .switchingProtocols, headers: fields, body: ResponseBody { writer in try await self.run(&writer) })
    }

    private func run(_ writer: inout any ResponseBodyWriter) async throws {
        ConnectionScope.current?.setTakenOver()
        // Behind the head, which was written before, and in front of the end, which the takeover swallows.
        self.channel.eventLoop.execute { self.takeOver() }
        try await writer.finish(nil)
    }

    private func takeOver() {
        do {
            let exchange = try? self.channel.pipeline.syncOperations.handler(type: HTTP1ExchangeHandler.self)
            guard exchange?.hasSwitchedProtocols ?? true else { throw Takeover.Impossible.anotherResponse }
            let receiver = self.makeReceiver()
            let configuration = self.hub.configuration
            let session = WSSession(
                limits: self.limits,
                deflate: self.deflate,
                compressionThreshold: configuration.compressionThreshold,
                receiver: receiver,
                on: self.channel.eventLoop
            )
            let handler = try Takeover.perform(on: self.channel, for: session, allowsDirectWrites: configuration.directSocketWrites)
            self.register(handler, session)
        } catch {
            // The connection is gone, or its handlers or the response are no longer what they were.
            self.logger.debug("A WebSocket could not begin", metadata: ["rt.error": "\(error)"])
            HardClose.close(self.channel)
            self.onOpen(nil, nil)
        }
    }

    private func register(_ handler: TakeoverHandler, _ session: WSSession) {
        let connectedAt = Date.now
        let connection = Connection(
            id: self.id,
            userID: self.userID,
            hub: self.hub,
            shard: self.hub.shard(for: self.channel.eventLoop),
            transport: handler,
            heartbeat: self.beats?.opened(self.heartbeat) ?? self.heartbeat,
            limits: self.outbox,
            lifetime: self.lifetime
        ) { [seat = self.seat, beats = self.beats, heartbeat = self.heartbeat, onClose = self.onClose] reason in
            seat?.giveBack()
            beats?.closed(heartbeat)
            onClose(connectedAt, reason)
        }
        self.hub.register(
            connection,
            topics: [],
            metadata: .init(),
            connectedAt: connectedAt,
            greeting: self.greeting,
            grant: self.grant?.grant
        )
        self.grant?.check(self.id, self.hub)
        self.onOpen(connection, session)
    }
}
