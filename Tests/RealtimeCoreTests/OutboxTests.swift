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

@Suite struct OutboxTests {
    private static let policies: [OverflowPolicy] = [.disconnect, .dropOldest, .dropNewest]

    private func time(_ seconds: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(seconds) * 1_000_000_000) }

    private func outbox(maxBytes: Int, _ policy: OverflowPolicy) -> Outbox<Int> {
        Outbox(limits: OutboxLimits(maxBytes: maxBytes, overflow: policy))
    }

    // MARK: The rules one by one

    @Test(arguments: Self.policies)
    func aMessageOfAnySizeGoesOutWhenIdle(_ policy: OverflowPolicy) {
        var outbox = self.outbox(maxBytes: 1, policy)
        #expect(outbox.isIdle)
        #expect(outbox.oldest == nil)
        #expect(OutboxModel.Action(outbox.enqueue(1, bytes: 1 << 30, at: self.time(5))) == .write(1))
        #expect(!outbox.isIdle)
        #expect(outbox.oldest == self.time(5))
        #expect(outbox.waitingBytes == 0)
    }

    @Test(arguments: Self.policies)
    func aMessageOfAnySizeWaitsWhenNothingElseDoes(_ policy: OverflowPolicy) {
        var outbox = self.outbox(maxBytes: 1, policy)
        _ = outbox.enqueue(1, bytes: 1, at: self.time(1))
        #expect(OutboxModel.Action(outbox.enqueue(2, bytes: 1 << 30, at: self.time(2))) == .wait(dropped: 0))
        #expect(outbox.waitingBytes == 1 << 30)
        #expect(outbox.writeCompleted(takingUpTo: 64) == [2])
        #expect(outbox.waitingBytes == 0)
        #expect(outbox.oldest == self.time(2))
    }

    @Test(arguments: [(Self.policies[0], OutboxModel.Action.overflow), (Self.policies[1], .wait(dropped: 1)), (Self.policies[2], .drop)])
    func thePolicyAppliesOnceTheLimitIsReachedBeforeTheMessage(_ policy: OverflowPolicy, action: OutboxModel.Action) {
        var outbox = self.outbox(maxBytes: 10, policy)
        _ = outbox.enqueue(1, bytes: 100, at: self.time(1))
        #expect(OutboxModel.Action(outbox.enqueue(2, bytes: 9, at: self.time(2))) == .wait(dropped: 0))
        #expect(OutboxModel.Action(outbox.enqueue(3, bytes: 1, at: self.time(3))) == .wait(dropped: 0))
        #expect(outbox.waitingBytes == 10)
        #expect(OutboxModel.Action(outbox.enqueue(4, bytes: 1, at: self.time(4))) == action)
    }

    @Test func controlMessagesAreNeitherCountedNorDropped() {
        var outbox = self.outbox(maxBytes: 10, .dropOldest)
        _ = outbox.enqueue(1, bytes: 1, at: self.time(1))
        _ = outbox.enqueue(2, bytes: 500, at: self.time(2), isExempt: true)
        #expect(outbox.waitingBytes == 0)
        _ = outbox.enqueue(3, bytes: 10, at: self.time(3))
        _ = outbox.enqueue(4, bytes: 500, at: self.time(4), isExempt: true)
        #expect(outbox.waitingBytes == 10)
        #expect(OutboxModel.Action(outbox.enqueue(5, bytes: 10, at: self.time(5))) == .wait(dropped: 1))
        #expect(outbox.waitingBytes == 10)
        #expect(outbox.writeCompleted(takingUpTo: 10_000) == [2, 4, 5])
    }

    @Test(arguments: Self.policies)
    func controlMessagesWaitEvenWhenTheOutboxIsFull(_ policy: OverflowPolicy) {
        var outbox = self.outbox(maxBytes: 1, policy)
        _ = outbox.enqueue(1, bytes: 1, at: self.time(1))
        _ = outbox.enqueue(2, bytes: 1, at: self.time(2))
        #expect(OutboxModel.Action(outbox.enqueue(3, bytes: 1, at: self.time(3), isExempt: true)) == .wait(dropped: 0))
        #expect(outbox.writeCompleted(takingUpTo: 10) == [2, 3])
    }

    @Test func theNextWriteTakesWhatFitsAndAtLeastOneMessage() {
        var outbox = self.outbox(maxBytes: 1000, .disconnect)
        for number in 0...4 { _ = outbox.enqueue(number, bytes: 10, at: self.time(number)) }
        #expect(outbox.writeCompleted(takingUpTo: 20) == [1, 2])
        #expect(outbox.oldest == self.time(1))
        #expect(outbox.writeCompleted(takingUpTo: 0) == [3])
        #expect(outbox.writeCompleted(takingUpTo: 10) == [4])
        #expect(!outbox.isIdle)
        #expect(outbox.writeCompleted(takingUpTo: 10).isEmpty)
        #expect(outbox.isIdle)
        #expect(outbox.oldest == nil)
    }

    @Test func nothingPassesTheRestOfAShortWrite() {
        var outbox = self.outbox(maxBytes: 10, .disconnect)
        outbox.beginPartialWrite(at: self.time(3))
        #expect(!outbox.isIdle)
        #expect(outbox.oldest == self.time(3))
        #expect(OutboxModel.Action(outbox.enqueue(1, bytes: 1, at: self.time(4))) == .wait(dropped: 0))
        #expect(outbox.writeCompleted(takingUpTo: 10) == [1])
    }

    @Test func removingEverythingLeavesNothing() {
        var outbox = self.outbox(maxBytes: 10, .disconnect)
        for number in 0..<5 { _ = outbox.enqueue(number, bytes: 1, at: self.time(1)) }
        outbox.removeAll()
        #expect(outbox.isIdle)
        #expect(outbox.waitingBytes == 0)
        #expect(outbox.oldest == nil)
        #expect(outbox.writeCompleted(takingUpTo: 10).isEmpty)
        #expect(OutboxModel.Action(outbox.enqueue(9, bytes: 1, at: self.time(2))) == .write(9))
    }

    @Test func whatWaitsCanBeForgottenWhileAWriteIsUnderWay() {
        var outbox = self.outbox(maxBytes: 10, .disconnect)
        for number in 1...3 { _ = outbox.enqueue(number, bytes: 5, at: self.time(number)) }
        outbox.removeWaiting()
        #expect(outbox.waitingBytes == 0)
        #expect(!outbox.isIdle)
        #expect(outbox.oldest == self.time(1))
        #expect(outbox.writeCompleted(takingUpTo: 10).isEmpty)
        #expect(outbox.isIdle)
    }

    @Test func aSingleMessageIsToldFromSeveralAndFromControlMessages() {
        var outbox = self.outbox(maxBytes: 100, .disconnect)
        #expect(!outbox.holdsOneMessage)
        for (number, isExempt, holdsOne) in [(1, false, false), (2, true, false), (3, false, true), (4, true, true), (5, false, false)] {
            _ = outbox.enqueue(number, bytes: 1, at: self.time(number), isExempt: isExempt)
            #expect(outbox.holdsOneMessage == holdsOne, "\(number)")
        }
    }

    // MARK: Everything at once

    /// Tries every sequence of steps from here on.
    private func explore(_ outbox: Outbox<Int>, _ model: OutboxModel, depth: Int) {
        guard depth > 0 else { return }
        for step in OutboxModel.Step.allCases {
            var outbox = outbox
            var model = model
            model.apply(step, to: &outbox)
            self.explore(outbox, model, depth: depth - 1)
        }
    }

    @Test(arguments: Self.policies)
    func agreesWithANaiveModelWhateverHappensInSevenSteps(_ policy: OverflowPolicy) {
        self.explore(self.outbox(maxBytes: 4, policy), OutboxModel(maxBytes: 4, policy: policy), depth: 7)
    }

    @Test(arguments: Self.policies, 1...4 as ClosedRange<UInt64>)
    func agreesWithANaiveModelInLongRandomRuns(_ policy: OverflowPolicy, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var outbox = self.outbox(maxBytes: 50, policy)
        var model = OutboxModel(maxBytes: 50, policy: policy)
        for _ in 0..<5000 {
            if random.oneIn(4) {
                model.complete(&outbox, takingUpTo: random.number(0..<80))
            } else {
                model.enqueue(&outbox, bytes: random.number(0..<30), isExempt: random.oneIn(6))
            }
        }
        while !outbox.isIdle { model.complete(&outbox, takingUpTo: random.number(0..<80)) }
        model.expectNothingLostUnnoticed()
    }
}
