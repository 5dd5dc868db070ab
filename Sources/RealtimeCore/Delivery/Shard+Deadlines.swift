//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Heartbeats, ages of outboxes and ends that take too long: all on one wheel, driven by one timer.
extension Shard {
    /// Lets the clock drive the deadlines if it wants to. To be called once, before the first connection.
    func connectToClock() {
        self.isDrivenByClock = self.clock.drive { now in
            self.loop.submit { self.advance(to: now) }
        }
    }

    /// Puts a connection's next deadline on the wheel. A deadline that has moved later is left: it is looked at and set anew when it comes.
    func schedule(_ connection: Connection) {
        guard connection.slot >= 0, let deadline = connection.nextDeadline else { return }
        if let present = self.wheel.deadline(of: connection.slot), present <= deadline { return }
        self.wheel.schedule(connection.slot, at: deadline)
        self.scheduleTimer()
    }

    /// So many deadlines are dealt with before the loop looks at its other work: thousands of connections may end in the same moment.
    private static let deadlinesPerTurn = 64
    /// How long other work has the loop then, at least.
    private static let minDeadlinePause: TimeAmount = .milliseconds(1)

    /// Deals with everything that is due.
    func advance(to now: NIODeadline) {
        self.loop.preconditionInEventLoop()
        let due = self.wheel.advance(to: now)
        if self.isDrivenByClock { self.reach(due[...], at: now) } else { self.reachInTurns(due[...], at: now) }
        self.scheduleTimer()
    }

    private func reach(_ due: ArraySlice<Int>, at now: NIODeadline) {
        for slot in due { self.connection(at: slot)?.deadlineReached(at: now) }
    }

    /// A slot may belong to another connection when its turn comes, to which nothing happens then: its own deadlines have not come.
    private func reachInTurns(_ due: ArraySlice<Int>, at now: NIODeadline) {
        let began = self.clock.now()
        self.reach(due.prefix(Self.deadlinesPerTurn), at: now)
        let rest = due.dropFirst(Self.deadlinesPerTurn)
        guard !rest.isEmpty else { return }
        // What the ends of connections bring about later has to be done in the pause as well, so it is as long as the turn was.
        let pause = max(Self.minDeadlinePause, self.clock.now() - began)
        self.loop.scheduleTask(in: pause) { self.reachInTurns(rest, at: now) }
    }

    /// The heartbeat of a source, made once for all connections of the same moment.
    func heartbeat(from source: HeartbeatSource, at now: NIODeadline) -> WireMessage {
        if let last = self.lastHeartbeat, last.source == ObjectIdentifier(source), last.at == now { return last.message }
        let message = source.makeMessage()
        self.lastHeartbeat = (ObjectIdentifier(source), now, message)
        return message
    }

    private func scheduleTimer() {
        guard !self.isDrivenByClock, let wakeup = self.wheel.nextWakeup() else { return }
        if let timer, timer.deadline <= wakeup { return }
        self.timer?.task.cancel()
        let task = self.loop.scheduleTask(deadline: wakeup) {
            self.timer = nil
            self.advance(to: self.clock.now())
        }
        self.timer = (wakeup, task)
    }
}
