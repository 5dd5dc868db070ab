//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore
import Testing

/// What an outbox should do, written as plainly as possible, and a record of everything that went over the wire.
struct OutboxModel {
    /// What became of a message, in a form that can be compared.
    enum Action: Equatable {
        case write(Int)
        case wait(dropped: Int)
        case drop
        case overflow

        init(_ action: Outbox<Int>.EnqueueAction) {
            self =
                switch action {
                case .write(let number): .write(number)
                case .wait(let dropped): .wait(dropped: dropped)
                case .drop: .drop
                case .overflow: .overflow
                }
        }
    }

    enum Step: CaseIterable {
        case small
        case large
        case control
        case completeOne
        case completeAll
    }

    private struct Message {
        let number: Int
        let bytes: Int
        let isExempt: Bool
    }

    private let maxBytes: Int
    private let policy: OverflowPolicy
    /// The numbers of messages are their times as well.
    private var lastNumber = 0
    private var inFlight: [Int] = []
    private var waiting: [Message] = []
    private var wire: [Int] = []
    private var accepted: Set<Int> = []
    private var controls: Set<Int> = []
    private var dropped = 0

    init(maxBytes: Int, policy: OverflowPolicy) {
        self.maxBytes = maxBytes
        self.policy = policy
    }

    private var waitingBytes: Int { self.waiting.filter { !$0.isExempt }.reduce(0) { $0 + $1.bytes } }

    private func time(_ number: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(number)) }

    mutating func apply(_ step: Step, to outbox: inout Outbox<Int>) {
        switch step {
        case .small: self.enqueue(&outbox, bytes: 1, isExempt: false)
        case .large: self.enqueue(&outbox, bytes: 3, isExempt: false)
        case .control: self.enqueue(&outbox, bytes: 2, isExempt: true)
        case .completeOne: self.complete(&outbox, takingUpTo: 0)
        case .completeAll: self.complete(&outbox, takingUpTo: .max / 2)
        }
    }

    mutating func enqueue(_ outbox: inout Outbox<Int>, bytes: Int, isExempt: Bool) {
        self.lastNumber += 1
        let message = Message(number: self.lastNumber, bytes: bytes, isExempt: isExempt)
        let action = Action(outbox.enqueue(message.number, bytes: bytes, at: self.time(message.number), isExempt: isExempt))
        #expect(action == self.expectedAction(for: message))
        self.expectSameState(outbox)
    }

    private mutating func expectedAction(for message: Message) -> Action {
        if message.isExempt { self.controls.insert(message.number) }
        guard !self.inFlight.isEmpty else {
            self.accepted.insert(message.number)
            self.inFlight = [message.number]
            return .write(message.number)
        }
        var given = 0
        if !message.isExempt, self.waitingBytes >= self.maxBytes {
            if self.policy == .disconnect { return .overflow }
            if self.policy == .dropNewest { return .drop }
            while self.waitingBytes >= self.maxBytes, let oldest = self.waiting.firstIndex(where: { !$0.isExempt }) {
                self.accepted.remove(self.waiting.remove(at: oldest).number)
                given += 1
            }
        }
        self.dropped += given
        self.accepted.insert(message.number)
        self.waiting.append(message)
        return .wait(dropped: given)
    }

    /// The kernel has taken the write under way; nothing happens when there is none.
    mutating func complete(_ outbox: inout Outbox<Int>, takingUpTo limit: Int) {
        guard !self.inFlight.isEmpty else { return }
        self.wire += self.inFlight
        let next = outbox.writeCompleted(takingUpTo: limit)
        var expected: [Message] = []
        while let first = self.waiting.first, expected.isEmpty || expected.reduce(first.bytes, { $0 + $1.bytes }) <= limit {
            expected.append(self.waiting.removeFirst())
        }
        #expect(next == expected.map(\.number))
        self.inFlight = next
        self.expectSameState(outbox)
    }

    private func expectSameState(_ outbox: Outbox<Int>) {
        #expect(outbox.waitingBytes == self.waitingBytes)
        #expect(outbox.isIdle == self.inFlight.isEmpty)
        #expect(outbox.oldest == self.inFlight.first.map { self.time($0) })
    }

    /// To be called when idle: the wire has everything that was accepted and not reported as dropped, once and in order.
    func expectNothingLostUnnoticed() {
        #expect(self.wire == self.accepted.sorted())
        #expect(self.controls.isSubset(of: self.accepted))
        #expect(self.policy == .dropOldest || self.dropped == 0)
    }
}
