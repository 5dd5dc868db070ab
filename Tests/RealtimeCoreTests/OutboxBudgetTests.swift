//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import RealtimeCore
import Testing

/// One budget for the outboxes of one hub or several, whose loops a test drives.
@Suite struct OutboxBudgetTests {
    private static let policies: [OverflowPolicy] = [.disconnect, .dropOldest, .dropNewest]

    /// Lets everything happen that is under way, on loops that wait for each other too.
    private func settle(_ engines: [Engine]) {
        for engine in engines { engine.settle() }
        for _ in 0..<10 { for engine in engines { engine.loop.run() } }
    }

    /// Connects a client that does not even take the greeting, a moment after the one before.
    private func stalled(_ engine: Engine, beside others: [Engine] = []) -> FakeTransport {
        for engine in [engine] + others { engine.loop.advanceTime(by: .milliseconds(1)) }
        return engine.connect(["a"], transport: FakeTransport(.stalled))
    }

    private func publish(_ bytes: Int, on engine: Engine) {
        engine.publish(String(repeating: "x", count: bytes - 1), to: "a")
    }

    // MARK: The setting

    @Test func theBoundsAreAccepted() throws {
        #expect(try OutboxBudget(maxBytes: 65_536).maxBytes == 65_536)
        #expect(try OutboxBudget(maxBytes: .max).maxBytes == .max)
        #expect(OutboxBudget.shared.maxBytes == 256 << 20)
    }

    @Test(arguments: [Int.min, 0, 65_535]) func valuesOutOfRangeAreRefused(maxBytes: Int) throws {
        let error = RealtimeError(.invalidConfiguration, "the outbox budget is \(maxBytes); at least 65536 bytes are accepted")
        #expect(throws: error) { try OutboxBudget(maxBytes: maxBytes) }
        let budget = try OutboxBudget(maxBytes: 1 << 20)
        #expect(throws: error) { try budget.configure(maxBytes: maxBytes) }
        #expect(budget.maxBytes == 1 << 20)
    }

    @Test func aLowerLimitHoldsAtOnce() throws {
        let budget = OutboxBudget(validated: .max)
        let engine = Engine(budget: budget)
        let clients = (0..<3).map { _ in self.stalled(engine) }
        for client in clients { engine.send(40_000, to: client) }
        self.settle([engine])
        #expect(engine.closed.isEmpty)
        try budget.configure(maxBytes: 80_000)
        self.settle([engine])
        #expect(engine.closed.map(\.id) == [clients[0].id])
        #expect(budget.bytes == 80_000)
    }

    // MARK: Who goes

    /// After each of some messages of 100 bytes for four stalled connections and a budget of 1,000: how many are gone, what waits for the others.
    private static let course = zip([0, 0, 1, 2, 2, 3, 3, 3, 3, 3, 4], [400, 800, 900, 800, 1000, 600, 700, 800, 900, 1000, 0])

    @Test func whoHasBeenStalledLongestGoesFirstAndReadersLoseNothing() {
        let budget = OutboxBudget(validated: 1000)
        let engine = Engine(budget: budget)
        let slow = (0..<4).map { _ in self.stalled(engine) }
        let reader = engine.connect(["a"])
        for (gone, bytes) in Self.course {
            self.publish(100, on: engine)
            self.settle([engine])
            #expect(engine.closed.map(\.id) == slow.prefix(gone).map(\.id))
            #expect(budget.bytes == bytes)
        }
        #expect(engine.closed.allSatisfy { $0.reason == .slowConsumer })
        #expect(reader.received.count == 12)
        #expect(engine.hub.query { $0.connectionIDs } == [reader.id])
    }

    @Test func hubsShareABudgetAndTheOrderIsThatOfAllTheirConnections() {
        let budget = OutboxBudget(validated: 1000)
        let engines = [Engine(budget: budget), Engine(budget: budget)]
        let slow = (0..<4).map { self.stalled(engines[$0 % 2], beside: [engines[1 - $0 % 2]]) }
        let readers = engines.map { $0.connect(["a"]) }
        for (gone, bytes) in Self.course {
            for engine in engines { self.publish(100, on: engine) }
            self.settle(engines)
            #expect(slow.map(\.isAborted) == (0..<4).map { $0 < gone })
            #expect(budget.bytes == bytes)
        }
        for (engine, reader) in zip(engines, readers) {
            #expect(reader.received.count == 12)
            #expect(engine.closed.map(\.reason) == [.slowConsumer, .slowConsumer])
        }
    }

    @Test func hubsOnTheSameLoopShareABudgetToo() {
        let budget = OutboxBudget(validated: 1000)
        let first = Engine(budget: budget)
        let engines = [first, Engine(loop: first.loop, budget: budget)]
        let slow = (0..<4).map { self.stalled(engines[1 - $0 % 2]) }
        for (gone, bytes) in Self.course {
            for engine in engines { self.publish(100, on: engine) }
            self.settle(engines)
            #expect(slow.map(\.isAborted) == (0..<4).map { $0 < gone })
            #expect(budget.bytes == bytes)
        }
    }

    @Test func budgetsOfTheirOwnDoNotMixUp() {
        let engines = [Engine(budget: .init(validated: 1000)), Engine(budget: .init(validated: 1000))]
        let slow = engines.map { self.stalled($0) }
        for engine in engines { for _ in 0..<10 { self.publish(100, on: engine) } }
        self.settle(engines)
        #expect(!slow[0].isAborted && !slow[1].isAborted)
        self.publish(100, on: engines[1])
        self.settle(engines)
        #expect(slow.map(\.isAborted) == [false, true])
    }

    @Test func theOldestUnsentByteCountsNotTheMomentWhenMoreBeganToWait() {
        let engine = Engine(budget: .init(validated: 150))
        let older = self.stalled(engine)
        let newer = self.stalled(engine)
        engine.send(100, to: newer)
        engine.settle()
        engine.send(100, to: older)
        self.settle([engine])
        #expect(engine.closed.map(\.id) == [older.id])
    }

    @Test func whoHasReadMeanwhileGoesLater() {
        let budget = OutboxBudget(validated: 250)
        let engine = Engine(budget: budget)
        let reading = self.stalled(engine)
        let stuck = self.stalled(engine)
        for client in [reading, stuck] { engine.send(100, to: client) }
        engine.settle()
        reading.complete()
        #expect(budget.bytes == 100)
        for _ in 0..<2 {
            engine.send(100, to: reading)
            self.settle([engine])
        }
        #expect(engine.closed.map(\.id) == [stuck.id])
        #expect(budget.bytes == 200)
    }

    @Test func connectionsForWhichNothingWaitsStayHoweverLongTheyHaveBeenStalled() {
        let engine = Engine(budget: .init(validated: 150))
        let idle = self.stalled(engine)
        let clients = (0..<2).map { _ in self.stalled(engine) }
        for client in clients { engine.send(100, to: client) }
        self.settle([engine])
        #expect(engine.closed.map(\.id) == [clients[0].id])
        #expect(!idle.isAborted)
    }

    @Test func manyAreEndedAtATimeButNoMoreThanNeedBe() {
        let budget = OutboxBudget(validated: 100)
        let engines = (0..<2).map { _ in Engine(.init(outbox: .init(maxAge: .seconds(3600))), budget: budget) }
        let slow = (0..<400).map { self.stalled(engines[$0 / 200], beside: [engines[1 - $0 / 200]]) }
        for engine in engines { self.publish(10, on: engine) }
        self.settle(engines)
        #expect(slow.map(\.isAborted) == (0..<400).map { $0 < 390 })
        #expect(engines[0].closed.map(\.id) == slow.prefix(200).map(\.id))
        #expect(engines[1].closed.map(\.id) == slow[200..<390].map(\.id))
        #expect(budget.bytes == 100)
    }

    @Test func oneMessageOfAnySizeMayWaitWhereNothingElseDoes() {
        let budget = OutboxBudget(validated: 1000)
        let engine = Engine(budget: budget)
        let client = self.stalled(engine)
        engine.send(5000, to: client)
        self.settle([engine])
        #expect(budget.bytes == 5000)
        client.complete()
        #expect(client.received.last?.count == 4999)
        #expect(budget.bytes == 0)
        // With another one behind it, it is too much.
        engine.send(5000, to: client)
        self.settle([engine])
        #expect(!client.isAborted)
        engine.send(1, to: client)
        self.settle([engine])
        #expect(client.isAborted)
        #expect(budget.bytes == 0)
    }

    @Test func ofTwoOneHasToGoAlthoughItHoldsOneMessageOnly() {
        let budget = OutboxBudget(validated: 1000)
        let engine = Engine(budget: budget)
        let clients = (0..<2).map { _ in self.stalled(engine) }
        engine.send(5000, to: clients[0])
        self.settle([engine])
        engine.send(10, to: clients[1])
        self.settle([engine])
        #expect(engine.closed.map(\.id) == [clients[0].id])
        #expect(budget.bytes == 10)
    }

    // MARK: What counts

    @Test func whatNoLongerWaitsIsGivenBackAtOnceWhenASocketTakesItsTimeToClose() {
        let budget = OutboxBudget(validated: 250)
        let engine = Engine(budget: budget)
        let slow = (0..<3).map { _ in self.stalled(engine) }
        for client in slow { client.lingers = true }
        self.publish(100, on: engine)
        self.settle([engine])
        #expect(slow.map(\.isAborted) == [true, false, false])
        #expect(budget.bytes == 200)
        // The write that was under way is done after all: nothing comes behind it, no end in good order either.
        slow[0].complete()
        self.publish(1, on: engine)
        self.settle([engine])
        #expect(slow[0].received == ["hello"])
        #expect(!slow[0].isFinished)
        #expect(budget.bytes == 202)
        slow[0].close(.connectionLost)
        #expect(engine.closed.map(\.reason) == [.slowConsumer])
        #expect(budget.bytes == 202)
    }

    @Test(arguments: zip(Self.policies, [0, 120, 120])) func whatAPolicyGivesUpNoLongerCounts(_ policy: OverflowPolicy, left: Int) {
        let budget = OutboxBudget(validated: 1000)
        let engine = Engine(.init(outbox: .init(maxBytes: 100, overflow: policy)), budget: budget)
        let client = self.stalled(engine)
        for _ in 0..<3 { engine.send(60, to: client) }
        self.settle([engine])
        #expect(budget.bytes == left)
        #expect(client.isAborted == (policy == .disconnect))
        client.complete()
        #expect(budget.bytes == 0)
    }

    @Test(arguments: ["leaves", "is too old", "is ended"]) func whatWaitedForAConnectionThatIsGoneIsGivenBack(how: String) {
        let budget = OutboxBudget(validated: 1000)
        let engine = Engine(budget: budget)
        let client = self.stalled(engine)
        for _ in 0..<3 { engine.send(100, to: client) }
        self.settle([engine])
        #expect(budget.bytes == 300)
        switch how {
        case "leaves": client.close(.clientClosed)
        case "is too old": engine.loop.advanceTime(by: .seconds(11))
        default:
            engine.hub.end([client.id], .kicked)
            engine.settle()
            // The farewell waits behind the messages, and does not count.
            #expect(budget.bytes == 300)
            engine.loop.advanceTime(by: .seconds(6))
        }
        #expect(engine.closed.count == 1)
        #expect(budget.bytes == 0)
        // Whoever has the place now has nothing to do with it.
        let next = self.stalled(engine)
        self.publish(100, on: engine)
        self.settle([engine])
        #expect(!next.isAborted)
        #expect(budget.bytes == 100)
    }

    @Test func neitherWhatIsUnderWayNorControlMessagesCount() {
        let budget = OutboxBudget(validated: 10)
        let engine = Engine(budget: budget)
        let reader = engine.connect(["a"])
        let clients = (0..<2).map { _ in engine.connect(["a"], transport: FakeTransport(.prompt), heartbeat: .seconds(1)) }
        for client in clients { client.behaviour = .stalled }
        self.publish(5000, on: engine)
        engine.loop.advanceTime(by: .seconds(3))
        engine.hub.end([clients[1].id], .kicked)
        self.settle([engine])
        #expect(budget.bytes == 0)
        #expect(engine.closed.isEmpty)
        #expect(reader.received.count == 2)
        for client in clients { #expect(client.received.last?.count == 4999) }
    }

    // MARK: Everything at once

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func agreesWithANaiveModelInLongRandomRuns(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let budget = OutboxBudget(validated: 300_000)
        let limits = Self.policies.map { OutboxLimits(maxBytes: 120_000, maxAge: .seconds(86_400), overflow: $0) }
        let engines = limits.map { Engine(.init(outbox: $0), budget: budget) }
        var model = OutboxBudgetModel(maxBytes: budget.maxBytes)
        var clients: [FakeTransport] = []
        for step in 0..<800 {
            for engine in engines { engine.loop.advanceTime(by: .milliseconds(1)) }
            let index = clients.isEmpty || random.oneIn(12) ? clients.count : random.number(0..<clients.count)
            if index == clients.count {
                let engine = random.number(0..<engines.count)
                clients.append(engines[engine].connect(transport: FakeTransport(.stalled)))
                model.connect(to: engine, limits[engine], at: step)
            } else if model.isGone(index) {
                continue
            } else if random.oneIn(4) {
                clients[index].complete()
                model.complete(index)
            } else if random.oneIn(30) {
                clients[index].close(.clientClosed)
                model.leave(index, .clientClosed)
            } else {
                let bytes = random.oneIn(40) ? 400_000 : 1 + random.number(0..<60_000)
                engines[model.engine(of: index)].send(bytes, to: clients[index])
                model.send(bytes, to: index, at: step)
            }
            self.settle(engines)
            #expect(budget.bytes == model.bytes)
            for (number, engine) in engines.enumerated() {
                let ends = model.ends.filter { model.engine(of: $0.client) == number }
                #expect(engine.closed.map(\.id) == ends.map { clients[$0.client].id })
                #expect(engine.closed.map(\.reason) == ends.map(\.reason))
            }
        }
        #expect(model.shed > 20)
        for (index, client) in clients.enumerated() where !model.isGone(index) { client.close(.clientClosed) }
        #expect(budget.bytes == 0)
    }
}
