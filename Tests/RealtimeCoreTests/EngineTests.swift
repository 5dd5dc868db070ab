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

/// Hub, shard and connections together, without sockets.
@Suite struct EngineTests {
    @Test func theGreetingIsFirstAndTheOrderIsThatOfTheCalls() {
        let engine = Engine()
        let client = engine.connect(["a", "b"])
        for number in 0..<20 {
            switch number % 3 {
            case 0: engine.publish("\(number)", to: "a")
            case 1: engine.publish("\(number)", to: "b")
            default: _ = engine.hub.publish(Engine.message("\(number)"), to: .connections([client.id]))
            }
        }
        engine.settle()
        #expect(client.received == ["hello"] + (0..<20).map(String.init))
    }

    @Test func neighboursForOneTopicShareAWrite() {
        let engine = Engine()
        let client = engine.connect(["a", "b"], transport: FakeTransport(framing: .framed))
        for text in ["1", "2", "3"] { engine.publish(text, to: "a") }
        engine.publish("4", to: "b")
        engine.publish("5", to: "a")
        engine.settle()
        #expect(client.writes.count == 4)
        #expect(String(buffer: client.writes[1][0]) == "2\r\n1\n\r\n2\r\n2\n\r\n2\r\n3\n\r\n")
    }

    @Test func connectionsThatTakeCompressedMessagesGetThem() {
        let engine = Engine(.init(compressionThreshold: 100))
        let kinds: [WireMessage.Framing] = [.framed, .deflated(upTo: .max), .deflated(upTo: 500)]
        // Nobody takes compressed messages yet.
        let plain = engine.connect(["room"], transport: FakeTransport(framing: .framed))
        engine.publish(webSocket: 400, to: "room")
        engine.settle()
        let all = kinds.map { engine.connect(["room"], transport: FakeTransport(framing: $0)) }
        for length in [99, 100, 500, 501] { engine.publish(webSocket: length, to: "room") }
        engine.settle()
        // The first write is the greeting.
        func lengths(_ transport: FakeTransport) -> [Int] {
            var reading = WSReading(inflates: true, peer: .server)
            for buffer in transport.writes.joined().dropFirst() { reading.read(Array(buffer.readableBytesView)) }
            return reading.seen.map { if case .text(let bytes) = $0 { bytes.count } else { -1 } }
        }
        #expect(lengths(plain) == [400, 99, 100, 500, 501])
        for transport in all { #expect(lengths(transport) == [99, 100, 500, 501]) }
        let bytes = all.map { $0.writes.joined().dropFirst().reduce(0) { $0 + $1.readableBytes } }
        #expect(bytes[0] > 1200)
        #expect((101...300).contains(bytes[1]))
        #expect((600...900).contains(bytes[2]))
    }

    @Test func aCompressedMessageThatWaitsKeepsItsPlace() {
        let engine = Engine(.init(compressionThreshold: 100))
        let slow = engine.connect(["room"], transport: FakeTransport(.stalled, framing: .deflated(upTo: .max)))
        for length in [200, 50, 300] { engine.publish(webSocket: length, to: "room") }
        engine.settle()
        for _ in 0..<5 { slow.complete() }
        var reading = WSReading(inflates: true, peer: .server)
        for buffer in slow.writes.joined().dropFirst() { reading.read(Array(buffer.readableBytesView)) }
        #expect(reading.seen.map { if case .text(let bytes) = $0 { bytes.count } else { -1 } } == [200, 50, 300])
    }

    @Test func excludedConnectionsAndOthersTopicsGetNothing() {
        let engine = Engine()
        let one = engine.connect(["a"])
        let two = engine.connect(["a"])
        let other = engine.connect(["b"])
        #expect(engine.publish("x", to: "a", excluding: [one, other]) == 1)
        #expect(engine.hub.publish(Engine.message("y"), to: .everyone, excluding: [two.id]) == 2)
        engine.settle()
        #expect(one.received == ["hello", "y"])
        #expect(two.received == ["hello", "x"])
        #expect(other.received == ["hello", "y"])
    }

    @Test func aStalledConnectionKeepsItsOrderAndHoldsNobodyUp() {
        let engine = Engine()
        let slow = engine.connect(["a"], transport: FakeTransport(.stalled))
        let fast = engine.connect(["a"])
        for number in 0..<5 {
            engine.publish("\(number)", to: "a")
            engine.settle()
        }
        #expect(fast.received == ["hello", "0", "1", "2", "3", "4"])
        #expect(slow.received == ["hello"])
        while slow.received.count < 6 { slow.complete() }
        #expect(slow.received == ["hello", "0", "1", "2", "3", "4"])
        #expect(slow.writes.count == 2, "what waited goes out together")
    }

    @Test func aFullOutboxEndsTheConnectionOnceAndOnlyThatOne() {
        let engine = Engine(.init(outbox: .init(maxBytes: 100)))
        let slow = engine.connect(["a"], transport: FakeTransport(.stalled))
        let fast = engine.connect(["a"])
        for number in 0..<100 {
            engine.publish("\(number) xxxxxxxxxx", to: "a")
            engine.settle()
        }
        #expect(slow.isAborted)
        #expect(engine.closed.count == 1)
        #expect(engine.closed.first?.id == slow.id)
        #expect(engine.closed.first?.reason == .slowConsumer)
        #expect(fast.received.count == 101)
        #expect(engine.hub.query { $0.connectionCount } == 1)
    }

    @Test func anOldUnsentByteEndsTheConnection() {
        let engine = Engine()
        let slow = engine.connect(["a"], transport: FakeTransport(.stalled))
        engine.loop.advanceTime(by: .milliseconds(9_900))
        #expect(!slow.isAborted)
        engine.loop.advanceTime(by: .milliseconds(300))
        #expect(slow.isAborted)
        #expect(engine.closed.map(\.reason) == [.slowConsumer])
    }

    @Test func manyDeadlinesOfTheSameMomentLeaveTheLoopToOthersInBetween() {
        let engine = Engine()
        let all = (0..<200).map { _ in engine.connect(heartbeat: .seconds(10)) }
        engine.settle()
        func beaten() -> Int { all.filter { $0.received.last == "beat" }.count }
        var steps: [Int] = []
        for _ in 0..<10_200 where steps.last != 200 {
            engine.loop.advanceTime(by: .milliseconds(1))
            if beaten() != steps.last ?? 0 { steps.append(beaten()) }
        }
        #expect(steps == [64, 128, 192, 200])
    }

    @Test func heartbeatsGoToThoseWhoTakeThem() {
        let engine = Engine()
        let client = engine.connect(heartbeat: .seconds(1))
        let slow = engine.connect(transport: FakeTransport(.stalled), heartbeat: .seconds(1))
        engine.loop.advanceTime(by: .milliseconds(3_500))
        #expect(client.received == ["hello", "beat", "beat", "beat"])
        #expect(slow.received == ["hello"])
        slow.complete()
        #expect(slow.received == ["hello"], "missed heartbeats are not made up for")
    }

    @Test func aConnectionThatBreaksOnItsGreetingLeavesNothingBehind() {
        let engine = Engine()
        for _ in 0..<10 {
            _ = engine.connect(["a"], transport: FakeTransport(.broken))
            let client = engine.connect(["a"])
            engine.publish("x", to: "a")
            engine.settle()
            #expect(client.received == ["hello", "x"])
            client.close(.clientClosed)
        }
        engine.settle()
        #expect(engine.closed.count == 20)
        #expect(engine.hub.query { $0.connectionCount } == 0)
        #expect(engine.hub.query { $0.topicNames }.isEmpty)
    }

    @Test func anEndSaysFarewellAndWaitsForWhatIsUnderWay() {
        let engine = Engine()
        let prompt = engine.connect(["a"])
        let slow = engine.connect(["a"], transport: FakeTransport(.stalled))
        #expect(engine.hub.end([prompt.id, slow.id, ConnectionID()], .kicked) == 2)
        engine.publish("never", to: "a")
        engine.settle()
        #expect(prompt.received == ["hello", "bye kicked"])
        #expect(prompt.isFinished)
        #expect(!slow.isFinished)
        slow.complete()
        slow.complete()
        #expect(slow.received == ["hello", "bye kicked"])
        #expect(slow.isFinished)
        // A client that never closes is closed.
        engine.loop.advanceTime(by: .seconds(6))
        #expect(slow.isAborted)
        #expect(engine.closed.map(\.reason) == [.kicked, .kicked])
    }

    @Test func connectionsThatLeaveDuringALongPassDisturbNobody() {
        let engine = Engine()
        var clients = (0..<3_000).map { _ in engine.connect(["a"]) }
        engine.publish("1", to: "a")
        var random = SeededGenerator(seed: 42)
        var gone: [FakeTransport] = []
        for _ in 0..<60 {
            // The pass pauses between its slices; somebody leaves in each pause.
            engine.loop.advanceTime(by: .microseconds(5))
            let client = clients.remove(at: Int.random(in: 0..<clients.count, using: &random))
            client.close(.clientClosed)
            gone.append(client)
        }
        engine.settle()
        engine.publish("2", to: "a")
        engine.settle()
        #expect(clients.allSatisfy { $0.received == ["hello", "1", "2"] })
        #expect(gone.allSatisfy { ["hello", "hello1"].contains($0.received.joined()) })
        #expect(gone.contains { $0.received == ["hello"] })
        #expect(engine.hub.query { $0.connectionCount } == clients.count)
    }

    @Test func aFullMailboxRefusesAndSaysSo() {
        let engine = Engine(.init(maxMailboxBytes: 64 << 10))
        let client = engine.connect(["a"])
        let text = String(repeating: "x", count: 10_000)
        let matched = (0..<20).map { _ in engine.publish(text, to: "a") }
        #expect(matched == Array(repeating: 1, count: 7) + Array(repeating: 0, count: 13))
        engine.settle()
        #expect(client.received.count == 8)
        #expect(engine.publish("again", to: "a") == 1)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func everyoneGetsExactlyWhatWasPublishedWhileTheyWereMembers(seed: UInt64) {
        let engine = Engine()
        let topics = ["a", "b", "c"]
        var random = SeededGenerator(seed: seed)
        var expected: [ConnectionID: [String]] = [:]
        var members: [String: Set<ConnectionID>] = [:]
        var clients: [FakeTransport] = []
        for step in 0..<1_000 {
            let topic = topics.randomElement(using: &random) ?? "a"
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                let client = engine.connect([topic], transport: FakeTransport(Bool.random(using: &random) ? .prompt : .stalled))
                clients.append(client)
                expected[client.id] = ["hello"]
                members[topic, default: []].insert(client.id)
            case 1:
                guard let client = clients.randomElement(using: &random) else { break }
                _ = engine.hub.subscribe(client.id, to: topic, heartbeat: nil, notice: nil)
                members[topic, default: []].insert(client.id)
            case 2:
                guard let client = clients.randomElement(using: &random) else { break }
                _ = engine.hub.unsubscribe(client.id, from: topic, notice: nil)
                members[topic]?.remove(client.id)
            case 3: engine.loop.advanceTime(by: .microseconds(Int64.random(in: 1...500, using: &random)))
            case 4: clients.randomElement(using: &random)?.complete()
            default:
                #expect(engine.publish("\(step)", to: topic) == members[topic]?.count ?? 0)
                for id in members[topic] ?? [] { expected[id]?.append("\(step)") }
            }
        }
        engine.settle()
        for client in clients {
            // The write under way, and what waits behind it.
            for _ in 0..<3 { client.complete() }
            #expect(client.received == expected[client.id])
        }
    }
}
