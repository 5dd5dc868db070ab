//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import RealtimeCore
import ServiceLifecycle

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The body of an accepted stream: registers the connection, by takeover where the connection allows it, through the writer otherwise.
///
/// Registration happens here and not in the route handler, because a middleware may still replace the response.
struct SSEStream: Sendable {
    let id: ConnectionID
    let userID: String?
    let hub: Hub
    let topics: [(name: String, heartbeat: TimeAmount?)]
    let greeting: WireMessage
    let heartbeat: HeartbeatSource
    let channel: (any Channel)?
    let logger: Logger
    let fallbackNotice: OnceFlag
    /// What the connection is counted under; given back when it is gone, or when it never came to be.
    var seat: ConnectionSeat?
    var metadata = ConnectionMetadata()
    /// How long the stream may last; `nil` for as long as it likes.
    var lifetime: TimeAmount?
    /// What the connection is opened with, and for how long; `nil` for an anonymous one.
    var grant: ConnectionGrant?
    /// How long the stream may go on once the server stops; `nil` leaves it to the hub.
    var shutdownDelay: TimeAmount?
    /// Called once, on the event loop, before the connection is registered.
    var willOpen: @Sendable () -> Void = {}
    /// Called once, on the event loop: with the registered connection, or with `nil` when the stream could not begin.
    var onOpen: @Sendable (Connection?) -> Void = { _ in }
    /// Called once, on the event loop, when the registered connection is gone.
    let onClose: @Sendable (Date, DisconnectReason) -> Void

    func run(_ writer: inout any ResponseBodyWriter) async throws {
        guard WriterIdentity.isHummingbirdsOwn(writer) else {
            self.noteFallback("a middleware changes what is written. Leave the endpoint out of it")
            return try await self.runThroughWriter(&writer)
        }
        guard let channel else {
            self.noteFallback("the connection is not known. Pass `server: .realtime()` to Application, or use a RealtimeRequestContext")
            return try await self.runThroughWriter(&writer)
        }
        if self.shutdownDelay != nil {
            // The server waits for requests, not for connections that were taken over.
            return try await self.run(PartTransport(channel: channel), on: channel.eventLoop, &writer)
        }
        switch ConnectionScope.current?.kind {
        case .http1 where !channel.eventLoop.inEventLoop:
            // Queued between the head of the response, which was written before, and its end: nobody has to wait.
            ConnectionScope.current?.setTakenOver()
            channel.eventLoop.execute { self.takeOverOrClose(channel) }
            return try await writer.finish(nil)
        case .http2:
            return try await self.run(PartTransport(channel: channel), on: channel.eventLoop, &writer)
        default:
            break
        }
        do {
            // Queued behind the head of the response, which was written before.
            try await channel.eventLoop.submit { try self.takeOver(channel) }.get()
            ConnectionScope.current?.setTakenOver()
            return try await writer.finish(nil)
        } catch Takeover.Impossible.notHTTP1 {
            // HTTP/2 without `.realtimeHTTP2`.
            return try await self.run(PartTransport(channel: channel), on: channel.eventLoop, &writer)
        } catch Takeover.Impossible.unknownPipeline {
            self.noteFallback("the connection's handlers are not those of Hummingbird's HTTP/1.1 server, as `.realtime()` sets them up")
        }
        try await self.run(PartTransport(channel: channel), on: channel.eventLoop, &writer)
    }

    // MARK: Takeover

    private func takeOverOrClose(_ channel: any Channel) {
        do {
            try self.takeOver(channel)
        } catch {
            // The connection is gone, or its handlers are no longer those that were there when it was set up.
            self.logger.debug("A stream could not begin", metadata: ["rt.error": "\(error)"])
            channel.close(promise: nil)
            self.onOpen(nil)
        }
    }

    private func takeOver(_ channel: any Channel) throws {
        let allowsDirectWrites = self.hub.configuration.directSocketWrites
        self.register(try Takeover.perform(on: channel, for: EventStreamSession(), allowsDirectWrites: allowsDirectWrites), on: channel.eventLoop)
    }

    @discardableResult
    private func register(_ transport: any ConnectionTransport, on loop: any EventLoop) -> Connection {
        let connectedAt = Date.now
        let onClose = self.onClose
        let seat = self.seat
        let connection = Connection(
            id: self.id,
            userID: self.userID,
            hub: self.hub,
            shard: self.hub.shard(for: loop),
            transport: transport,
            heartbeat: self.heartbeat,
            lifetime: self.lifetime,
            shutdownDelay: self.shutdownDelay
        ) { reason in
            seat?.giveBack()
            onClose(connectedAt, reason)
        }
        self.willOpen()
        self.hub.register(
            connection,
            topics: self.topics,
            metadata: self.metadata,
            connectedAt: connectedAt,
            greeting: self.greeting,
            grant: self.grant?.grant
        )
        self.grant?.check(self.id, self.hub)
        self.onOpen(connection)
        return connection
    }

    // MARK: Without a takeover

    private func noteFallback(_ why: String) {
        guard self.fallbackNotice.take() else { return }
        self.logger.warning("Event streams take the slow path: \(why).")
    }

    private func runThroughWriter(_ writer: inout any ResponseBodyWriter) async throws {
        let loop = self.channel?.eventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        try await self.run(WriterTransport(loop: loop), on: loop, &writer)
    }

    /// Keeps the request's task until the stream ends.
    private func run(
        _ transport: some AttachedTransport & Sendable,
        on loop: any EventLoop,
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        let (connection, stopWatching) = try await loop.submit {
            let connection = self.register(transport, on: loop)
            do {
                let stopWatching = try self.channel.map { channel in
                    try ClosureWatcher.watch(channel) {
                        connection.transportClosed(.clientClosed)
                        transport.abort()
                    }
                }
                return (connection, stopWatching)
            } catch {
                // The channel is closed already: nobody will say so once more.
                connection.transportClosed(.connectionLost)
                throw error
            }
        }.get()
        defer { loop.execute { stopWatching?() } }
        do {
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await transport.run(&writer)
                } onGracefulShutdown: {
                    // The server waits for this request, and the manager's service is told only afterwards: nobody else will end it.
                    loop.execute { connection.serverIsQuiescing() }
                }
            } onCancel: {
                loop.execute { connection.end(.shutdown) }
            }
            loop.execute { connection.transportClosed(.connectionLost) }
            try await writer.finish(nil)
        } catch {
            loop.execute { connection.transportClosed(.connectionLost) }
            throw error
        }
    }
}
