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
    /// Called once, on the event loop, when the registered connection is gone.
    let onClose: @Sendable (Date, DisconnectReason) -> Void

    func run(_ writer: inout any ResponseBodyWriter) async throws {
        if let channel, WriterIdentity.isHummingbirdsOwn(writer) {
            if let scope = ConnectionScope.current, scope.isKnown, !channel.eventLoop.inEventLoop {
                // Queued between the head of the response, which was written before, and its end: nobody has to wait.
                scope.setTakenOver()
                channel.eventLoop.execute { self.takeOverOrClose(channel) }
                return try await writer.finish(nil)
            }
            do {
                // Queued behind the head of the response, which was written before.
                try await channel.eventLoop.submit { try self.takeOver(channel) }.get()
                ConnectionScope.current?.setTakenOver()
                try await writer.finish(nil)
                return
            } catch is Takeover.UnknownPipeline {
                self.noteFallback("the connection's handlers are not those of Hummingbird's HTTP/1.1 server, as `.realtime()` sets them up")
            }
        } else if channel == nil {
            self.noteFallback("the connection is not known. Pass `server: .realtime()` to Application, or use a RealtimeRequestContext")
        } else {
            self.noteFallback("a middleware changes what is written. Leave the endpoint out of it")
        }
        try await self.runThroughWriter(&writer)
    }

    // MARK: Takeover

    private func takeOverOrClose(_ channel: any Channel) {
        do {
            try self.takeOver(channel)
        } catch {
            // The connection is gone, or its handlers are no longer those that were there when it was set up.
            self.logger.debug("A stream could not begin", metadata: ["rt.error": "\(error)"])
            channel.close(promise: nil)
        }
    }

    private func takeOver(_ channel: any Channel) throws {
        let handler = try Takeover.perform(on: channel, allowsDirectWrites: self.hub.configuration.directSocketWrites)
        // Before the registration, whose greeting may be written, or fail, at once.
        self.register(handler, on: channel.eventLoop) { handler.serve($0) }
    }

    @discardableResult
    private func register(
        _ transport: any ConnectionTransport,
        on loop: any EventLoop,
        prepare: (Connection) -> Void = { _ in }
    ) -> Connection {
        let connectedAt = Date.now
        let onClose = self.onClose
        let connection = Connection(
            id: self.id,
            userID: self.userID,
            hub: self.hub,
            shard: self.hub.shard(for: loop),
            transport: transport,
            heartbeat: self.heartbeat
        ) { reason in
            onClose(connectedAt, reason)
        }
        prepare(connection)
        self.hub.register(connection, topics: self.topics, metadata: .init(), connectedAt: connectedAt, greeting: self.greeting)
        return connection
    }

    // MARK: Writer

    private func noteFallback(_ why: String) {
        guard self.fallbackNotice.take() else { return }
        self.logger.warning("Event streams take the slow path: \(why).")
    }

    private func runThroughWriter(_ writer: inout any ResponseBodyWriter) async throws {
        let transport = WriterTransport()
        let loop = self.channel?.eventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        let (connection, stopWatching) = try await loop.submit {
            let connection = self.register(transport, on: loop)
            let stopWatching = try self.channel.map { channel in
                try ClosureWatcher.watch(channel) {
                    connection.transportClosed(.clientClosed)
                    transport.abort()
                }
            }
            return (connection, stopWatching)
        }.get()
        defer { loop.execute { stopWatching?() } }
        do {
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await transport.run(&writer) { loop.execute { connection.writeCompleted() } }
                } onGracefulShutdown: {
                    // The server waits for this request, and the manager's service is told only afterwards: nobody else will end it.
                    loop.execute { connection.end(.shutdown) }
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
