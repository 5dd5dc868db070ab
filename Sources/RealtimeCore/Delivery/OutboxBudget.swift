//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// The bytes that may wait for all connections together. There is one budget for the whole process, ``shared``, which all managers and
/// channels, of event streams and of WebSockets, use unless they are given another.
///
/// ``OutboxLimits`` bound what waits for one connection. Many connections that are slow at the same time, each within its limits, could still
/// take more memory than there is. When what waits for all of them together passes the budget, the connection that has been stalled longest,
/// whose oldest unsent byte is oldest, is ended first, whatever its ``OverflowPolicy``; then the next one, until the rest is within the budget
/// again. They end with ``DisconnectReason/slowConsumer``, and the log says `outbox budget`. Clients for which nothing waits lose nothing.
///
/// ```swift
/// try OutboxBudget.shared.configure(maxBytes: 1 << 30)
/// ```
///
/// Bytes are counted as ``OutboxLimits/maxBytes`` counts them: a message that waits for many connections counts for each of them, although they
/// share its memory; what the kernel and the one write under way hold is not counted, which is one message or at most 64 KiB for each connection;
/// and heartbeats and answers to clients are not counted either. A message of any size goes out to a client for which nothing is under way, and
/// one of any size may wait where nothing else does in the whole process. Each event loop ends its own connections; until the one whose turn it is
/// does, the others go on, and a little more than the budget may wait for a moment. Choose the budget well above the largest message all the same,
/// and the memory of the process above the budget.
public final class OutboxBudget: Sendable {
    private static let minBytes = 64 << 10

    /// The one of the whole process; 256 MiB unless it is configured. The same everywhere, because how much memory a process may have is not
    /// how much the machine has.
    public static let shared = OutboxBudget(validated: 256 << 20)

    private let limit: Atomic<Int>
    private let waiting = Atomic(0)
    /// Whether somebody sees to it that connections are ended: one at a time does, so that no more are ended than need be.
    private let isShedding = Atomic(false)
    private let boards = Mutex<[StallBoard]>([])

    /// Makes a budget of any size: a test of the engine may want a very small one.
    package init(validated maxBytes: Int) {
        self.limit = Atomic(maxBytes)
    }

    /// Makes a budget of its own.
    ///
    /// - Parameter maxBytes: the bytes that may wait, at least 64 KiB; `.max` for no limit.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public convenience init(maxBytes: Int) throws(RealtimeError) {
        try Self.validate(maxBytes)
        self.init(validated: maxBytes)
    }

    /// Replaces the limit, at any time. When more than that is waiting already, connections are ended now.
    ///
    /// - Parameter maxBytes: the bytes that may wait, at least 64 KiB; `.max` for no limit.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public func configure(maxBytes: Int) throws(RealtimeError) {
        try Self.validate(maxBytes)
        self.limit.store(maxBytes, ordering: .sequentiallyConsistent)
        if self.bytes > maxBytes { self.beginShedding() }
    }

    private static func validate(_ maxBytes: Int) throws(RealtimeError) {
        guard maxBytes >= Self.minBytes else {
            throw RealtimeError(.invalidConfiguration, "the outbox budget is \(maxBytes); at least \(Self.minBytes) bytes are accepted")
        }
    }

    /// The bytes that may wait.
    public var maxBytes: Int { self.limit.load(ordering: .sequentiallyConsistent) }

    /// The bytes that wait now, for all connections together.
    public var bytes: Int { self.waiting.load(ordering: .sequentiallyConsistent) }

    // MARK: Used by event loops

    /// An event loop has connections that may stall.
    func join(_ board: StallBoard) {
        self.boards.withLock { $0.append(board) }
    }

    /// An event loop's connections are gone.
    func leave(_ board: StallBoard) {
        self.boards.withLock { boards in boards.removeAll { $0 === board } }
    }

    /// More or less waits. To be called after the board of the event loop says who is stalled.
    ///
    /// The order of these atomics matters: whoever adds and finds somebody at work may rely on that somebody's seeing what was added, at the
    /// latest in ``rest(at:)``.
    func change(by bytes: Int) {
        let sum = self.waiting.add(bytes, ordering: .sequentiallyConsistent).newValue
        if bytes > 0, sum > self.maxBytes { self.beginShedding() }
    }

    private func beginShedding() {
        if self.takeTurn() { self.goOn() }
    }

    private func takeTurn() -> Bool {
        self.isShedding.compareExchange(expected: false, desired: true, ordering: .sequentiallyConsistent).exchanged
    }

    /// The event loop with the connection that has to go, if any has.
    func next(at bytes: Int) -> StallBoard? {
        let shedding = Shedding(bytes: bytes, maxBytes: self.maxBytes)
        guard shedding.isNeeded else { return nil }
        return self.boards.withLock { boards in shedding.loop(stalledSince: boards.map(\.since)).map { boards[$0] } }
    }

    /// Asks the event loop with the connection that has to go to end it, if any has. To be called by whoever has the turn, and gives it away.
    func goOn() {
        let bytes = self.bytes
        guard let next = self.next(at: bytes) else { return self.rest(at: bytes) }
        next.post()
    }

    /// Nobody has to go. To be called by whoever has the turn, and gives it away.
    ///
    /// - Parameter bytes: what was waiting when that was decided.
    func rest(at bytes: Int) {
        self.isShedding.store(false, ordering: .sequentiallyConsistent)
        // Somebody may have added something meanwhile, and left it to us.
        let now = self.bytes
        if now != bytes, now > self.maxBytes { self.beginShedding() }
    }
}
