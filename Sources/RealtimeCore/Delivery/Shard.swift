//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
package import NIOCore
import Synchronization

/// All connections of one event loop: the mailbox in front of them, their topics, their deadlines.
///
/// `@unchecked Sendable`: the mailbox has its lock and the constants may be read anywhere; every variable belongs to `loop`.
package final class Shard: @unchecked Sendable {
    /// After so many sends, or as many bytes as cost the same, the loop looks at its other work.
    private static let sendsPerTurn = 512
    /// The same, while messages come faster than passes end: their publishers are waiting to be read and answered.
    private static let sendsPerBusyTurn = 64
    /// How long the loop may wait for other work then.
    private static let pause: TimeAmount = .microseconds(30)
    /// How long an idle loop waits after the first message, at least: what is published in the same moment goes out in the same write.
    private static let minGathering: TimeAmount = .microseconds(100)
    /// The same, at most.
    private static let maxGatheringWhenIdle: TimeAmount = .microseconds(500)
    /// How long a loop waits at most for more messages when one pass follows another.
    private static let maxGathering: TimeAmount = .milliseconds(2)

    package let loop: any EventLoop
    /// The shard's number in its hub.
    package let index: Int
    package let clock: any EngineClock
    let limits: OutboxLimits
    let metrics: EngineMetrics
    /// What may wait for all connections, those of other shards and hubs too.
    let outboxBudget: OutboxBudget

    private let mailbox: Mutex<Mailbox>

    var batch: Deque<Command> = []
    var pass: Pass?
    /// How long the last pass took.
    var lastPassTime: TimeAmount = .zero
    private var budget = 0
    private var isRunning = false

    private var connections: ContiguousArray<Connection?> = []
    private var freeSlots: [Int] = []
    /// For each slot the socket that may be written directly, if any.
    private(set) var sockets: ContiguousArray<DirectSocket> = []
    var tables: [TopicID: MemberTable] = [:]

    var wheel: TimingWheel
    var timer: (deadline: NIODeadline, task: Scheduled<Void>)?
    var isDrivenByClock = false
    var lastHeartbeat: (source: ObjectIdentifier, at: NIODeadline, message: WireMessage)?

    /// The connections for which something waits.
    var stalls = StallQueue()
    var stallBoard: StallBoard?

    init(
        loop: any EventLoop,
        index: Int,
        clock: any EngineClock,
        limits: OutboxLimits,
        maxMailboxBytes: Int,
        metrics: EngineMetrics,
        outboxBudget: OutboxBudget
    ) {
        self.loop = loop
        self.index = index
        self.clock = clock
        self.limits = limits
        self.metrics = metrics
        self.outboxBudget = outboxBudget
        self.mailbox = Mutex(Mailbox(maxBytes: maxMailboxBytes))
        self.wheel = TimingWheel(now: clock.now())
    }

    deinit {
        if let stallBoard { self.outboxBudget.leave(stallBoard) }
    }

    // MARK: Mailbox, from any thread

    /// Adds a message for many or for one.
    func post(message command: Command, bytes: Int) -> Mailbox.PostResult {
        self.mailbox.withLock { $0.post(message: command, bytes: bytes) }
    }

    /// Adds a change of members or connections.
    func post(_ command: Command) -> Mailbox.PostResult {
        self.mailbox.withLock { $0.post(command) }
    }

    /// Has the mailbox emptied; to be called when a post said so, without any lock.
    func wake() {
        self.loop.execute {
            // An eighth of the last pass's time is little, and messages that share a pass save whole ones.
            let share = TimeAmount.nanoseconds(self.lastPassTime.nanoseconds / 8)
            self.run(in: min(max(share, Self.minGathering), Self.maxGatheringWhenIdle))
        }
    }

    /// Has the mailbox emptied at once: somebody waits for that, and nothing else will come meanwhile.
    func wakeAtOnce() {
        self.loop.execute { self.run() }
    }

    // MARK: Commands, on the loop

    /// Works until there is nothing left to do or other work should have its turn.
    func run() {
        self.loop.preconditionInEventLoop()
        guard !self.isRunning else { return }
        self.isRunning = true
        defer { self.isRunning = false }
        self.budget = self.isPublishingBusily ? Self.sendsPerBusyTurn : Self.sendsPerTurn
        while true {
            if self.pass != nil, let finished = self.continuePass(), self.isFollowedBySameTopic(finished) {
                // Publishers are faster than passes. Waiting for half of a pass lets more of their messages share the next one.
                return self.run(in: min(.nanoseconds(self.lastPassTime.nanoseconds / 2), Self.maxGathering))
            }
            guard self.pass == nil, self.budget > 0 else { return self.run(in: Self.pause) }
            if self.batch.isEmpty { self.refill(goesIdle: true) }
            guard let command = self.batch.popFirst() else { return }
            self.execute(command)
        }
    }

    /// Whether the present pass carries several messages.
    private var isPublishingBusily: Bool { (self.pass?.run.count ?? 0) > 1 }

    /// Goes on later. A scheduled task, not `execute`: only that lets the loop look at its sockets in between.
    private func run(in delay: TimeAmount) {
        self.loop.scheduleTask(in: delay) { self.run() }
    }

    /// Whether the next command in the mailbox is another message for the topic of a pass.
    private func isFollowedBySameTopic(_ pass: Pass) -> Bool {
        if self.batch.isEmpty { self.refill(goesIdle: false) }
        guard case .publish(let next) = self.batch.first else { return false }
        return next.topic == pass.topic
    }

    func refill(goesIdle: Bool) {
        self.mailbox.withLock { $0.take(into: &self.batch, goesIdle: goesIdle) }
    }

    /// Takes the price of a number of sends from the turn's budget.
    func spend(sends: Int) {
        self.budget -= sends
    }

    /// How many members of this many bytes each the turn still has time for, at least one.
    func affordableSends(ofBytes bytes: Int) -> Int {
        max(1, self.budget / Self.price(ofBytes: bytes))
    }

    /// What a send of this many bytes costs.
    static func price(ofBytes bytes: Int) -> Int { 1 + bytes / 8192 }

    private func execute(_ command: Command) {
        switch command {
        case .attach(let connection, let topics, let greeting):
            self.attach(connection, topics, greeting: greeting)
        case .subscribe(let connection, let subscription, let notice):
            guard connection.slot >= 0 else { return }
            self.join(connection, subscription)
            if let notice { connection.deliver(notice) }
        case .unsubscribe(let connection, let topic, let notice, let done):
            if let subscription = connection.unsubscribed(from: topic) {
                self.part(subscription)
                if let notice { connection.deliver(notice) }
            }
            done?()
        case .publish(let publication):
            self.beginPass(publication)
        case .deliver(let message, let connections, let receipt):
            self.deliver(message, to: connections, receipt)
        case .offer(let message, let connection, let sender):
            connection.offer(message, sender)
        case .end(let connection, let reason, let farewell):
            connection.end(reason, farewell: farewell)
        case .beat(let source):
            for connection in self.connections { connection?.beat(source) }
        }
        self.budget -= 1
    }

    private func deliver(_ message: WireMessage, to connections: [Connection], _ receipt: ReceiptCollector?) {
        var counts = (written: 0, queued: 0, dropped: 0)
        for connection in connections {
            switch connection.deliver(message) {
            case .written: counts.written += 1
            case .queued: counts.queued += 1
            case .dropped: counts.dropped += 1
            }
        }
        self.budget -= connections.count * Self.price(ofBytes: message.framed.readableBytes)
        self.metrics.passed(written: counts.written, queued: counts.queued, dropped: counts.dropped)
        receipt?.report(written: counts.written, queued: counts.queued)
    }

    // MARK: Connections

    private func attach(_ connection: Connection, _ topics: [TopicSubscription], greeting: WireMessage?) {
        // The client may have gone while this waited in the mailbox.
        guard connection.isOpen else { return }
        let slot: Int
        if let free = self.freeSlots.popLast() {
            slot = free
            self.connections[slot] = connection
            self.sockets[slot] = connection.socket
        } else {
            slot = self.connections.count
            self.connections.append(connection)
            self.sockets.append(connection.socket)
        }
        connection.attach(slot: slot, greeting: greeting)
        // A socket that is reset already closes on the first write.
        guard connection.slot >= 0 else { return }
        self.join(connection, TopicSubscription(topic: .all, heartbeat: nil))
        for topic in topics { self.join(connection, topic) }
        self.schedule(connection)
    }

    /// Forgets a connection whose transport is gone.
    func detach(_ connection: Connection) {
        guard connection.slot >= 0 else { return }
        self.leaveTopics(connection)
        self.wheel.cancel(connection.slot)
        self.connections[connection.slot] = nil
        self.sockets[connection.slot] = .none
        self.freeSlots.append(connection.slot)
    }

    func connection(at slot: Int) -> Connection? { self.connections[slot] }

    /// The socket that may be written directly; -1 for none.
    func descriptor(at slot: Int) -> CInt { slot >= 0 ? self.sockets[slot].descriptor : -1 }

    /// Something waits for the connection: nothing may pass it on the direct way.
    func suspendDirectWrites(of connection: Connection) {
        if connection.slot >= 0 { self.sockets[connection.slot] = .none }
    }

    /// Nothing waits any more.
    func resumeDirectWrites(of connection: Connection) {
        if connection.slot >= 0 { self.sockets[connection.slot] = connection.socket }
    }

    // MARK: Topics

    private func join(_ connection: Connection, _ subscription: TopicSubscription) {
        let position = self.tables[subscription.topic, default: MemberTable()].append(connection.slot)
        connection.subscribed(.init(topic: subscription.topic, position: position, heartbeat: subscription.heartbeat))
    }

    /// Takes a connection out of all its topics.
    func leaveTopics(_ connection: Connection) {
        while let last = connection.subscriptions.last, let subscription = connection.unsubscribed(from: last.topic) {
            self.part(subscription)
        }
    }

    private func part(_ subscription: Connection.Subscription) {
        let topic = subscription.topic
        if let move = self.tables[topic]?.remove(at: subscription.position) { self.apply(move, in: topic) }
        self.removeTableIfEmpty(topic)
    }

    func apply(_ move: MemberTable.Move, in topic: TopicID) {
        self.connections[move.slot]?.moved(to: move.position, in: topic)
    }

    func removeTableIfEmpty(_ topic: TopicID) {
        if self.tables[topic]?.count == 0, self.pass?.topic != topic { self.tables[topic] = nil }
    }
}
