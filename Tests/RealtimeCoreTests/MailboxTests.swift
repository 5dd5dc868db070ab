//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
import NIOCore
import RealtimeCore
import Testing

@Suite struct MailboxTests {
    /// What a command costs beside its message.
    private static let overhead = 256

    /// A message that can be told from others by its topic.
    private func publish(_ number: UInt64) -> Command {
        let message = WireMessage(framed: ByteBuffer(), payload: ByteBuffer())
        return .publish(Publication(topic: TopicID(number: number), message: message, excluded: [], receipt: nil))
    }

    private func control() -> Command {
        .deliver(WireMessage(framed: ByteBuffer(), payload: ByteBuffer()), [], nil)
    }

    private func numbers(_ batch: Deque<Command>) -> [UInt64] {
        batch.map { command in
            if case .publish(let publication) = command { publication.topic.number } else { 0 }
        }
    }

    @Test func onlyTheFirstPostWakesTheLoop() {
        var mailbox = Mailbox(maxBytes: 1 << 20)
        #expect(mailbox.post(message: self.publish(1), bytes: 10) == .wake)
        #expect(mailbox.post(message: self.publish(2), bytes: 10) == .queued)
        #expect(mailbox.post(self.control()) == .queued)
    }

    @Test func aChangeWakesTheLoopToo() {
        var mailbox = Mailbox(maxBytes: 1 << 20)
        #expect(mailbox.post(self.control()) == .wake)
        #expect(mailbox.post(message: self.publish(1), bytes: 10) == .queued)
    }

    @Test(arguments: [true, false])
    func aLoopThatFoundSomethingStaysAwake(goesIdle: Bool) {
        var mailbox = Mailbox(maxBytes: 1 << 20)
        var batch: Deque<Command> = []
        _ = mailbox.post(self.control())
        mailbox.take(into: &batch, goesIdle: goesIdle)
        #expect(batch.count == 1)
        #expect(mailbox.post(self.control()) == .queued)
    }

    @Test func aLoopThatWentIdleIsWokenOnce() {
        var mailbox = Mailbox(maxBytes: 1 << 20)
        var batch: Deque<Command> = []
        for _ in 0..<3 {
            #expect(mailbox.post(self.control()) == .wake)
            #expect(mailbox.post(self.control()) == .queued)
            mailbox.take(into: &batch, goesIdle: true)
            mailbox.take(into: &batch, goesIdle: true)
        }
        #expect(batch.count == 6)
    }

    @Test func lookingWithoutGoingIdleNeedsNoWakeup() {
        var mailbox = Mailbox(maxBytes: 1 << 20)
        var batch: Deque<Command> = []
        _ = mailbox.post(self.control())
        mailbox.take(into: &batch, goesIdle: false)
        mailbox.take(into: &batch, goesIdle: false)
        #expect(mailbox.post(self.control()) == .queued)
    }

    @Test func commandsKeepTheirOrder() {
        var mailbox = Mailbox(maxBytes: 1 << 20)
        var batch: Deque<Command> = []
        for number in 1...1000 as ClosedRange<UInt64> {
            if number.isMultiple(of: 3) {
                _ = mailbox.post(self.publish(number))
            } else {
                _ = mailbox.post(message: self.publish(number), bytes: 1)
            }
            if number.isMultiple(of: 70) { mailbox.take(into: &batch, goesIdle: false) }
        }
        mailbox.take(into: &batch, goesIdle: false)
        #expect(self.numbers(batch) == Array(1...1000))
    }

    @Test func messagesAreRefusedOnceTheLimitIsReached() {
        var mailbox = Mailbox(maxBytes: 1000)
        var batch: Deque<Command> = []
        #expect(mailbox.post(message: self.publish(1), bytes: 1000 - Self.overhead - 1) == .wake)
        #expect(mailbox.post(message: self.publish(2), bytes: 5000) == .queued)
        #expect(mailbox.post(message: self.publish(3), bytes: 0) == .full)
        mailbox.take(into: &batch, goesIdle: false)
        #expect(self.numbers(batch) == [1, 2])
    }

    @Test func aMessageLargerThanTheLimitIsTakenByAnEmptyMailbox() {
        var mailbox = Mailbox(maxBytes: 1000)
        #expect(mailbox.post(message: self.publish(1), bytes: 1 << 30) == .wake)
        #expect(mailbox.post(message: self.publish(2), bytes: 1) == .full)
    }

    @Test func smallMessagesCountToo() {
        var mailbox = Mailbox(maxBytes: 100 * Self.overhead)
        var accepted = 0
        while mailbox.post(message: self.publish(1), bytes: 0) != .full { accepted += 1 }
        #expect(accepted == 100)
    }

    @Test func changesAreNeverRefusedAndTakeNoRoom() {
        var mailbox = Mailbox(maxBytes: 1000)
        var batch: Deque<Command> = []
        for _ in 0..<1000 { #expect(mailbox.post(self.control()) != .full) }
        #expect(mailbox.post(message: self.publish(1), bytes: 5000) == .queued)
        #expect(mailbox.post(message: self.publish(2), bytes: 1) == .full)
        for _ in 0..<1000 { #expect(mailbox.post(self.control()) == .queued) }
        mailbox.take(into: &batch, goesIdle: false)
        #expect(batch.count == 2001)
    }

    @Test func anEmptiedMailboxTakesMessagesAgain() {
        var mailbox = Mailbox(maxBytes: 1000)
        var batch: Deque<Command> = []
        for number in 1...10 as ClosedRange<UInt64> {
            #expect(mailbox.post(message: self.publish(number), bytes: 2000) != .full)
            #expect(mailbox.post(message: self.publish(99), bytes: 2000) == .full)
            mailbox.take(into: &batch, goesIdle: false)
        }
        #expect(self.numbers(batch) == Array(1...10))
    }
}
