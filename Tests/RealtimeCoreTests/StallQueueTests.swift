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

@Suite struct StallQueueTests {
    private func time(_ number: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(number)) }

    /// A queue as plainly as possible.
    private struct Model {
        var since: [Int: Int] = [:]

        var first: (id: Int, since: Int)? { self.since.min { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0.key, $0.value) } }
    }

    private func expectSame(_ queue: StallQueue, _ model: Model) {
        #expect(queue.count == model.since.count)
        #expect(queue.first?.id == model.first?.id)
        #expect(queue.first?.since == model.first.map { self.time($0.since) })
    }

    /// Tries every sequence of steps from here on.
    private func explore(_ queue: StallQueue, _ model: Model, depth: Int) {
        guard depth > 0 else { return }
        for id in 0..<3 {
            for since in [nil, 1, 2, 3] {
                var queue = queue
                var model = model
                model.since[id] = since
                if let since { queue.set(id, since: self.time(since)) } else { queue.remove(id) }
                self.expectSame(queue, model)
                self.explore(queue, model, depth: depth - 1)
            }
        }
    }

    @Test func agreesWithANaiveModelWhateverHappensInFourSteps() {
        self.explore(StallQueue(), Model(), depth: 4)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func agreesWithANaiveModelInLongRandomRuns(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = StallQueue()
        var model = Model()
        for step in 0..<3_000 {
            let id = random.number(0..<40)
            if random.oneIn(3) {
                queue.remove(id)
                model.since[id] = nil
            } else {
                // Mostly later than before, as time goes.
                let since = random.number(0..<20) + step / 10
                queue.set(id, since: self.time(since))
                model.since[id] = since
            }
            self.expectSame(queue, model)
        }
        while let first = queue.first {
            self.expectSame(queue, model)
            queue.remove(first.id)
            model.since[first.id] = nil
        }
        #expect(model.since.isEmpty)
    }

    @Test func whoIsNotThereCanBeRemoved() {
        var queue = StallQueue()
        queue.remove(7)
        queue.set(2, since: self.time(1))
        queue.remove(7)
        queue.remove(0)
        #expect(queue.first?.id == 2)
        queue.remove(2)
        queue.remove(2)
        #expect(queue.first == nil)
    }
}
