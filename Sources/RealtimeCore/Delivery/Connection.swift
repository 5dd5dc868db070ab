//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// One client, as the engine sees it.
///
/// `@unchecked Sendable`: the constants may be read anywhere; every variable belongs to the event loop of the connection's shard.
package final class Connection: @unchecked Sendable {
    /// How long an orderly end may take before the socket is closed.
    static let closeTimeout: TimeAmount = .seconds(5)
    /// The most bytes handed to NIO at a time while catching up.
    private static let writeSize = 64 * 1024

    package let id: ConnectionID
    package let userID: String?
    package let shard: Shard
    /// Whether compressed messages are sent.
    package let takesDeflated: Bool
    let hub: Hub
    private let limits: OutboxLimits
    private let onClose: @Sendable (DisconnectReason) -> Void

    private var transport: (any ConnectionTransport)?
    private var life = ConnectionLife()
    private(set) var outbox: Outbox<ByteBuffer>
    private var heartbeatSource: HeartbeatSource?
    private var heartbeat: HeartbeatSchedule
    private var endDeadline: NIODeadline?
    /// When the connection has lived as long as it may.
    private let lifeDeadline: NIODeadline?
    /// The life of the credential that the connection was opened with, if that ends.
    var authority: (life: AuthorityLife, makeNotice: @Sendable () -> WireMessage)?
    /// How long the connection may go on once the server stops; `nil` leaves it to the hub.
    private let shutdownDelay: TimeAmount?
    private var shutdownDeadline: NIODeadline?
    /// Who waits for the client to take what it was sent.
    private var senders: [CheckedContinuation<Bool, Never>] = []
    private var hasFinished = false
    private(set) var subscriptions: ContiguousArray<Subscription> = []
    /// The connection's index in its shard; -1 before it is attached and after it is gone.
    private(set) var slot = -1

    /// A topic of the connection, and where its table holds the connection.
    struct Subscription {
        let topic: TopicID
        var position: Int
        let heartbeat: TimeAmount?
    }

    /// Makes a connection. To be called on the shard's event loop, followed by ``Hub/register(_:topics:metadata:connectedAt:greeting:)``.
    ///
    /// - Parameters:
    ///   - limits: what may wait for this connection; `nil` for what holds for all of the hub's.
    ///   - lifetime: how long it may last; `nil` for as long as it likes.
    ///   - shutdownDelay: how long the connection may go on once the server stops; `nil` leaves it to the hub.
    ///   - onClose: called exactly once after registration, when the transport is gone; on the event loop, and must not block.
    package init(
        id: ConnectionID,
        userID: String?,
        hub: Hub,
        shard: Shard,
        transport: any ConnectionTransport,
        heartbeat: HeartbeatSource?,
        limits: OutboxLimits? = nil,
        lifetime: TimeAmount? = nil,
        shutdownDelay: TimeAmount? = nil,
        onClose: @escaping @Sendable (DisconnectReason) -> Void
    ) {
        self.id = id
        self.userID = userID
        self.hub = hub
        self.shard = shard
        self.transport = transport
        self.takesDeflated = if case .deflated = transport.framing { true } else { false }
        self.heartbeatSource = heartbeat
        self.shutdownDelay = shutdownDelay
        self.onClose = onClose
        self.limits = limits ?? shard.limits
        self.outbox = Outbox(limits: self.limits)
        let now = shard.clock.now()
        self.heartbeat = HeartbeatSchedule(interval: heartbeat?.interval, timeout: heartbeat?.timeout, now: now)
        self.lifeDeadline = lifetime.map { now + $0 }
        transport.serve(self)
    }

    /// Whether messages may still be sent.
    package var isOpen: Bool { self.life.isOpen }

    /// The socket for direct writes, while they are allowed.
    var socket: DirectSocket {
        guard self.life.isOpen, self.outbox.isIdle, let transport, transport.descriptor >= 0 else { return .none }
        return DirectSocket(transport.descriptor, transport.framing)
    }

    // MARK: Membership, by the shard

    func attach(slot: Int, greeting: WireMessage?) {
        self.slot = slot
        if let greeting { self.deliver(greeting, isExempt: true) }
        self.transport?.attached()
    }

    func subscribed(_ subscription: Subscription) {
        self.subscriptions.append(subscription)
        if subscription.heartbeat != nil { self.updateHeartbeat() }
    }

    func moved(to position: Int, in topic: TopicID) {
        guard let index = self.subscriptions.firstIndex(where: { $0.topic == topic }) else { return }
        self.subscriptions[index].position = position
    }

    func unsubscribed(from topic: TopicID) -> Subscription? {
        guard let index = self.subscriptions.firstIndex(where: { $0.topic == topic }) else { return nil }
        let subscription = self.subscriptions.remove(at: index)
        if subscription.heartbeat != nil { self.updateHeartbeat() }
        return subscription
    }

    /// Begins anew with another heartbeat.
    func beat(_ source: HeartbeatSource) {
        self.heartbeatSource = source
        self.heartbeat = HeartbeatSchedule(interval: source.interval, timeout: source.timeout, now: self.shard.clock.now())
        self.updateHeartbeat()
    }

    private func updateHeartbeat() {
        self.heartbeat.update(topics: self.subscriptions.lazy.compactMap(\.heartbeat))
        self.shard.schedule(self)
    }

    // MARK: Delivery, by the shard

    /// What became of a message.
    enum Outcome {
        /// It is with the kernel, or with NIO and nothing was in its way.
        case written
        case queued
        case dropped
    }

    /// Sends one message.
    @discardableResult
    func deliver(_ message: WireMessage, isExempt: Bool = false) -> Outcome {
        guard let transport else { return .dropped }
        return self.send(message.bytes(transport.framing), isExempt: isExempt)
    }

    private func send(_ bytes: ByteBuffer, isExempt: Bool) -> Outcome {
        let descriptor = self.shard.descriptor(at: self.slot)
        guard descriptor >= 0 else { return self.enqueue(bytes, isExempt: isExempt) }
        let sent = bytes.withUnsafeReadableBytes { DirectWrite.send(descriptor, $0) }
        guard sent < bytes.readableBytes else { return .written }
        guard sent > 0 else { return self.enqueue(bytes, isExempt: isExempt) }
        self.handOver(rest: bytes, after: sent)
        return .queued
    }

    /// Sends what answers the client itself. Not limited here: whoever reads the client's messages reads no more of them while answers wait.
    ///
    /// - Returns: whether nothing waits for the client; otherwise ``ConnectionTransport/caughtUp()`` will tell.
    package func reply(_ bytes: ByteBuffer) -> Bool {
        guard self.life.isOpen else { return true }
        _ = self.send(bytes, isExempt: true)
        return self.outbox.isIdle
    }

    /// Sends one message for somebody who waits for its being taken.
    ///
    /// - Parameter sender: resumed with `true` once nothing is in the way of another message, with `false` when the client is gone.
    func offer(_ message: WireMessage, _ sender: CheckedContinuation<Bool, Never>) {
        switch self.deliver(message) {
        case .written: sender.resume(returning: true)
        case .queued where self.outbox.isIdle: sender.resume(returning: true)
        case .queued: self.senders.append(sender)
        case .dropped: sender.resume(returning: false)
        }
    }

    private func releaseSenders(_ isTaken: Bool) {
        guard !self.senders.isEmpty else { return }
        let senders = self.senders
        self.senders = []
        for sender in senders { sender.resume(returning: isTaken) }
    }

    /// Sends what a pass could not.
    ///
    /// - Parameters:
    ///   - pass: its messages, and their bytes one behind the other.
    ///   - sent: how many of the bytes for this connection the kernel has.
    /// - Returns: how many of the messages are written, how many wait, how many are given up.
    func deliver(_ pass: Pass, sent: Int) -> (written: Int, queued: Int, dropped: Int) {
        var counts = (written: 0, queued: 0, dropped: 0)
        guard self.life.isOpen, let transport else {
            counts.dropped = pass.run.count
            return counts
        }
        if sent == 0, self.outbox.isIdle, let merged = pass.merged(transport.framing) {
            if self.enqueue(merged, isExempt: false) == .written { counts.written = pass.run.count } else { counts.queued = pass.run.count }
            return counts
        }
        var end = 0
        for message in pass.run {
            let bytes = message.bytes(transport.framing)
            end += bytes.readableBytes
            if sent >= end {
                counts.written += 1
            } else if sent > end - bytes.readableBytes {
                self.handOver(rest: bytes, after: bytes.readableBytes - (end - sent))
                counts.queued += 1
            } else {
                switch self.send(bytes, isExempt: false) {
                case .written: counts.written += 1
                case .queued: counts.queued += 1
                case .dropped: counts.dropped += 1
                }
            }
        }
        return counts
    }

    private func enqueue(_ bytes: ByteBuffer, isExempt: Bool) -> Outcome {
        guard self.life.isOpen || isExempt, let transport else { return .dropped }
        let waited = self.outbox.waitingBytes
        switch self.outbox.enqueue(bytes, bytes: bytes.readableBytes, at: self.shard.clock.now(), isExempt: isExempt) {
        case .write(let bytes):
            self.shard.suspendDirectWrites(of: self)
            self.shard.schedule(self)
            transport.write([bytes])
            // Where the socket could be written directly, the kernel has just refused.
            return transport.descriptor >= 0 ? .queued : .written
        case .wait(let dropped):
            if dropped > 0 { self.shard.metrics.passed(written: 0, queued: 0, dropped: dropped) }
            self.waitingHasChanged(from: waited)
            return .queued
        case .drop:
            return .dropped
        case .overflow:
            self.evict(.bytes)
            return .dropped
        }
    }

    private func handOver(rest bytes: ByteBuffer, after sent: Int) {
        var rest = bytes
        rest.moveReaderIndex(forwardBy: sent)
        self.outbox.beginPartialWrite(at: self.shard.clock.now())
        self.shard.suspendDirectWrites(of: self)
        self.shard.schedule(self)
        self.transport?.write([rest])
    }

    // MARK: Events, by the transport

    /// The kernel has taken what was handed over.
    package func writeCompleted() {
        let waited = self.outbox.waitingBytes
        let next = self.outbox.writeCompleted(takingUpTo: Self.writeSize)
        guard next.isEmpty else {
            self.waitingHasChanged(from: waited)
            self.transport?.write(next)
            return
        }
        self.releaseSenders(true)
        if self.life.isOpen {
            self.shard.resumeDirectWrites(of: self)
            self.transport?.caughtUp()
        } else {
            self.finishOnce()
        }
    }

    /// The client has sent something: it is there.
    package func received() { self.heartbeat.answered() }

    /// The client is gone. Reports it to the application, once.
    package func transportClosed(_ cause: DisconnectReason) {
        guard case .report(let reason) = self.life.transportClosed(cause) else { return }
        let waited = self.outbox.waitingBytes
        self.outbox.removeAll()
        self.waitingHasChanged(from: waited)
        self.releaseSenders(false)
        self.transport = nil
        self.shard.detach(self)
        self.slot = -1
        self.hub.disconnected(self, reason)
        self.onClose(reason)
    }

    /// The server stops serving requests: the stream ends in its turn, or now when nobody has promised to see to it.
    package func serverIsQuiescing() {
        if let shutdownDelay {
            guard self.shutdownDeadline == nil else { return }
            self.shutdownDeadline = self.shard.clock.now() + shutdownDelay
            self.shard.schedule(self)
        } else if self.hub.drains {
            self.hub.serverIsQuiescing()
        } else {
            self.end(.shutdown)
        }
    }

    // MARK: Ending, by the shard

    /// Says farewell, then closes.
    ///
    /// - Parameter farewell: the last message; `nil` for the one that the hub has for the reason.
    package func end(_ reason: DisconnectReason, farewell: WireMessage? = nil) {
        guard self.life.end(reason) == .sayFarewell else { return }
        self.hub.forget(self)
        self.shard.leaveTopics(self)
        // What a stream that is complete still has to send is limited by its age, as always.
        if reason != .completed, reason != .failed { self.setEndDeadline() }
        if let farewell = farewell ?? self.hub.farewell(reason) { self.deliver(farewell, isExempt: true) }
        if self.outbox.isIdle { self.finishOnce() }
    }

    private func setEndDeadline() {
        self.endDeadline = self.shard.clock.now() + Self.closeTimeout
        self.shard.schedule(self)
    }

    private func finishOnce() {
        guard !self.hasFinished else { return }
        self.hasFinished = true
        if self.endDeadline == nil { self.setEndDeadline() }
        self.shard.suspendDirectWrites(of: self)
        self.transport?.finish()
    }

    /// Closes the socket at once.
    func abort(_ reason: DisconnectReason) {
        guard self.life.abort(reason) == .closeTransport else { return }
        // Nothing more is written, no last bytes either, should the write under way be done before the transport is gone.
        self.hasFinished = true
        let waited = self.outbox.waitingBytes
        self.outbox.removeWaiting()
        self.waitingHasChanged(from: waited)
        self.shard.leaveTopics(self)
        self.shard.suspendDirectWrites(of: self)
        self.transport?.abort()
    }

    // MARK: Deadlines, by the shard

    private var maxAge: TimeAmount { TimeAmount(self.limits.maxAge) }

    /// When the connection has to be looked at next.
    var nextDeadline: NIODeadline? {
        if let endDeadline { return endDeadline }
        var next = self.heartbeat.deadline
        if let oldest = self.outbox.oldest { next = min(oldest + self.maxAge, next ?? .distantFuture) }
        if let shutdownDeadline { next = min(shutdownDeadline, next ?? .distantFuture) }
        if let lifeDeadline { next = min(lifeDeadline, next ?? .distantFuture) }
        if let authority { next = min(authority.life.deadline, next ?? .distantFuture) }
        return next
    }

    /// A deadline has come.
    func deadlineReached(at now: NIODeadline) {
        if let endDeadline {
            if endDeadline <= now { self.abort(.connectionLost) } else { self.shard.schedule(self) }
            return
        }
        if let oldest = self.outbox.oldest, oldest + self.maxAge <= now {
            self.evict(.age)
            return
        }
        if let shutdownDeadline, shutdownDeadline <= now { return self.end(.shutdown) }
        if let lifeDeadline, lifeDeadline <= now { return self.end(.maxAge) }
        switch self.authority?.life.action(at: now) {
        case .end: return self.end(.expired)
        case .notice: if let authority { self.deliver(authority.makeNotice(), isExempt: true) }
        case .nothing, nil: break
        }
        // Of a client that is not read nothing can be heard.
        if self.transport?.isReading == false { self.heartbeat.answered() }
        if self.heartbeat.isExpired(at: now) { return self.end(.pingTimeout) }
        // A client that has not taken the last message needs no heartbeat behind it.
        if self.heartbeat.isDue(at: now), self.outbox.isIdle, self.life.isOpen, let heartbeatSource {
            self.deliver(self.shard.heartbeat(from: heartbeatSource, at: now), isExempt: true)
            self.heartbeat.sent(at: now)
        }
        self.shard.schedule(self)
    }
}
