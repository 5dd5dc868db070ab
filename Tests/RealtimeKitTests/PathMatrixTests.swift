//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import Testing

/// What holds on every way from an application to its clients.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PathMatrixTests {
    @Test(arguments: TransportPath.allCases) func everythingArrivesInOrder(path: TransportPath) async throws {
        let manager = try SSEManager()
        try await path.run(manager) { server in
            let (client, id) = try await server.connected("/sse?channels=a,b", headers: ["From: alice"])
            #expect(await client.head?.status == 200)
            #expect(await client.head?.headers["content-type"] == "text/event-stream")
            #expect(await client.head?.headers["content-length"] == nil)
            #expect(manager.channels(of: id) == ["a", "b"])
            for number in 0..<300 {
                #expect(try manager.broadcast(.text("\(number)\nsecond line"), to: number % 3 == 0 ? "b" : "a") == 1)
            }
            for number in 0..<300 { try await client.expect("message", "\(number)\nsecond line") }
            #expect(try manager.send("direct", "to alice", to: id))
            try await client.expect("direct", "to alice")
            #expect(try manager.subscribe(id, to: "c"))
            try await client.expect("subscribed")
            #expect(manager.unsubscribe(id, from: "a"))
            try await client.expect("unsubscribed")
            #expect(try manager.broadcast(.text("nobody hears this"), to: "a") == 0)
            try manager.broadcastAll(.text("end"))
            try await client.expect("message", "end")
            await client.close()
        }
    }

    @Test(arguments: TransportPath.allCases) func aLargeEventArrivesWhole(path: TransportPath) async throws {
        let manager = try SSEManager()
        let text = String((0..<250_000).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
        try await path.run(manager) { server in
            let (client, _) = try await server.connected("/sse?channels=a")
            for _ in 0..<4 { try manager.broadcast(.text(text), to: "a") }
            for _ in 0..<4 { #expect(try await client.next().data == text) }
            await client.close()
        }
    }

    @Test(arguments: TransportPath.allCases) func heartbeatsGoByTheClock(path: TransportPath) async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        try await path.run(manager) { server in
            let (client, _) = try await server.connected()
            for _ in 0..<3 {
                // In steps: what is under way for more than 10 s counts as stuck.
                for _ in 0..<5 { try await clock.advance(by: .seconds(6)) }
                try await client.expect("ping")
            }
            await client.close()
        }
    }

    @Test(arguments: TransportPath.allCases) func aClientThatLeavesIsForgotten(path: TransportPath) async throws {
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        try await path.run(manager, hooks: .init(onDisconnect: { ends.add($0.reason) })) { server in
            let (stays, _) = try await server.connected("/sse?channels=a")
            let (closes, _) = try await server.connected("/sse?channels=a")
            // A client that only stops sending may still read: without the channel nobody sees that.
            let (halfCloses, _) = try await server.connected("/sse?channels=a")
            let (cuts, _) = try await server.connected("/sse?channels=a")
            #expect(manager.subscriberCount(of: "a") == 4)
            await closes.close()
            if path.noticesEnds { try await halfCloses.closeOutput() } else { await halfCloses.close() }
            try await cuts.cut()
            try await eventually("only one is left") {
                if !path.noticesEnds { _ = try? manager.broadcast("tick", "", to: "a") }
                return manager.subscriberCount(of: "a") == 1 && manager.connectionCount == 1
            }
            try await eventually("each end was reported") { ends.values.count == 3 }
            #expect(ends.values.allSatisfy { [.clientClosed, .connectionLost].contains($0) }, "\(ends.values)")
            try manager.broadcast(.text("still here"), to: "a")
            #expect(try await stays.next("message").data == "still here")
            await stays.close()
        }
        try await eventually("the last end was reported") { ends.values.count == 4 }
    }

    @Test(arguments: TransportPath.allCases) func anEndedStreamSaysFarewell(path: TransportPath) async throws {
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        try await path.run(manager, hooks: .init(onDisconnect: { ends.add($0.reason) })) { server in
            let (client, id) = try await server.connected("/sse?channels=a")
            try manager.broadcast(.text("before"), to: "a")
            #expect(manager.disconnect(id))
            #expect(try manager.broadcast(.text("after"), to: "a") == 0)
            try await client.expect("message", "before")
            try await client.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            #expect(try await client.nextOrEnd() == nil)
            #expect(await client.endedCleanly)
            try await eventually("the end was reported") { ends.values == [.kicked] }
            await client.close()
        }
    }

    @Test(arguments: TransportPath.allCases, [true, false]) func streamsEndWhenTheServerStops(path: TransportPath, withService: Bool) async throws {
        let manager = try SSEManager()
        let ends = Recorder<DisconnectReason>()
        try await path.run(manager, hooks: .init(onDisconnect: { ends.add($0.reason) }), services: withService ? [manager] : []) { server in
            var clients: [SSETestClient] = []
            for _ in 0..<3 { clients.append(try await server.connected().client) }
            await server.base.stop()
            for client in clients {
                try await client.expect("disconnect", #"{"reason":"shutdown","reconnect":true}"#)
                #expect(try await client.nextOrEnd() == nil)
                // Hummingbird's own HTTP/2 server closes a connection before it has sent the end of its last stream.
                if path != .http2ChannelContext, path != .http2Writer { #expect(await client.endedCleanly) }
                await client.close()
            }
            await server.base.untilStopped()
            try await eventually("each end was reported") { ends.values == [.shutdown, .shutdown, .shutdown] }
        }
    }

    @Test(arguments: TransportPath.allCases) func aStalledClientIsBoundedAndEvicted(path: TransportPath) async throws {
        let manager = try SSEManager(configuration: .init(outbox: .init(maxBytes: 256 << 10)))
        let ends = Recorder<(ConnectionID, DisconnectReason)>()
        try await path.run(manager, hooks: .init(onDisconnect: { ends.add(($0.id, $0.reason)) })) { server in
            let (stalled, id) = try await server.connected("/sse?channels=a", receiveBuffer: 8192)
            let (reader, _) = try await server.connected("/sse?channels=a")
            try await stalled.stall()
            let pad = String(repeating: "x", count: 32 << 10)
            var number = 0
            while ends.values.isEmpty {
                let receipt = try await manager.broadcastReceipt(.text("\(number) \(pad)"), to: "a")
                #expect(receipt.matched <= 2)
                #expect(try await reader.next("message").data.hasPrefix("\(number) "))
                number += 1
                // What the buffers of two kernels hold does not count.
                try #require(number < 1000, "never evicted")
            }
            #expect(ends.values.map(\.0) == [id])
            #expect(ends.values.map(\.1) == [.slowConsumer])
            #expect(manager.subscriberCount(of: "a") == 1)
            await stalled.close()
            await reader.close()
        }
    }

    @Test(arguments: TransportPath.allCases) func aClientThatNeverReadsIsEvictedByAge(path: TransportPath) async throws {
        let clock = ManualClock()
        let manager = try SSEManager(configuration: .init(outbox: .init(maxBytes: 64 << 20)), clock: clock)
        let ends = Recorder<DisconnectReason>()
        try await path.run(manager, hooks: .init(onDisconnect: { ends.add($0.reason) })) { server in
            let (stalled, _) = try await server.connected("/sse?channels=a", receiveBuffer: 8192)
            try await stalled.stall()
            let pad = String(repeating: "x", count: 256 << 10)
            // Until both kernels are full and something waits.
            var queued = 0
            while queued < 20 { queued += try await manager.broadcastReceipt(.text(pad), to: "a").queued }
            try await clock.advance(by: .seconds(9))
            #expect(ends.values.isEmpty)
            try await clock.advance(by: .seconds(2))
            try await eventually("it is gone") { ends.values == [.slowConsumer] }
            await stalled.close()
        }
    }

    @Test(arguments: TransportPath.allCases) func refusalsAreOrdinaryResponses(path: TransportPath) async throws {
        let manager = try SSEManager()
        let hooks = SSEHooks<TestUser>(onConnect: { $0.user?.id == "broken" ? AccessDecision.deny("Not you") : .allow })
        try await path.run(manager, hooks: hooks) { server in
            for (target, headers, status, text) in [
                ("/sse", ["From: broken"], 403, #"{"message":"Not you"}"#),
                ("/sse?channels=%zz", [], 400, "percent-encoded"),
                ("/sse?channels=a%00b", [], 400, "control character"),
                ("/elsewhere", [], 404, ""),
            ] {
                let client = try await server.open(target, headers: headers)
                #expect(try await client.response().status == status)
                let body = try await client.body()
                #expect(text.isEmpty || body.contains(text), "\(target): \(body)")
                await client.close()
            }
            #expect(manager.connectionCount == 0)
        }
    }

    @Test(arguments: TransportPath.allCases) func headGetsTheHeadersAlone(path: TransportPath) async throws {
        let manager = try SSEManager()
        try await path.run(manager) { server in
            let client = try await server.open(method: "HEAD")
            let head = try await client.response()
            #expect(head.status == 200)
            #expect(head.headers["content-type"] == "text/event-stream")
            #expect(try await client.body().isEmpty)
            #expect(manager.connectionCount == 0)
            await client.close()
        }
    }

    @Test(arguments: TransportPath.allCases) func aDrainingServerAsksToComeBack(path: TransportPath) async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        try await path.run(manager) { server in
            let (stalled, _) = try await server.connected("/sse?channels=a", receiveBuffer: 8192)
            try await stalled.stall()
            var queued = 0
            while queued < 3 { queued += try await manager.broadcastReceipt(.text(String(repeating: "x", count: 256 << 10)), to: "a").queued }
            let drain = Task { await manager.shutdown() }
            try await eventually("it is draining") { clock.sleeperCount == 1 }
            let newcomer = try await server.open()
            #expect(try await newcomer.response().status == 200)
            #expect(try await newcomer.nextComment() == "come back later")
            #expect(try await newcomer.nextOrEnd() == nil)
            #expect((1000...6000).contains(try #require(await newcomer.retry)))
            await newcomer.close()
            try await clock.run(until: drain)
            await stalled.close()
        }
    }

    // MARK: Streams of other kinds

    private struct OtherStreams: TestRoutes {
        let channel: SSEChannel
        let ended: Recorder<String>

        func add(to router: some RouterMethods) {
            router.get("countdown") { _, _ in
                SSEResponse { stream in
                    for number in 0..<50 { try await stream.send("tick", ["left": 50 - number]) }
                }
            }
            router.get("endless") { _, _ in
                SSEResponse { stream in
                    try await stream.send("begun")
                    await stream.closed
                    self.ended.add("cancelled: \(Task.isCancelled)")
                }
            }
            router.get("channel") { request, context in
                self.channel.respond(to: request, context: context, onDisconnect: { _, reason in self.ended.add("\(reason)") })
            }
        }
    }

    @Test(arguments: TransportPath.allCases.filter { $0 != .routerBuilder })
    func streamsForOneClientAndChannelsOfTheirOwnDoTheSame(path: TransportPath) async throws {
        let channel = try SSEChannel("own")
        let ended = Recorder<String>()
        try await path.run(try SSEManager(), routes: OtherStreams(channel: channel, ended: ended)) { server in
            let countdown = try await server.open("/countdown")
            #expect(try await countdown.nextComment() == "open")
            for number in 0..<50 { try await countdown.expect("tick", #"{"left":\#(50 - number)}"#) }
            #expect(try await countdown.nextOrEnd() == nil)
            #expect(await countdown.endedCleanly)
            await countdown.close()

            let member = try await server.open("/channel")
            try await member.response()
            try await eventually("it is on the channel") { channel.clientCount == 1 }
            for number in 0..<50 { #expect(try channel.broadcast("tick", ["number": number]) == 1) }
            for number in 0..<50 { try await member.expect("tick", #"{"number":\#(number)}"#) }
            channel.close()
            try await member.expect("disconnect")
            await member.close()
            try await eventually("its end is reported") { ended.values == ["kicked"] && channel.clientCount == 0 }

            guard path.noticesEnds else { return }
            let endless = try await server.open("/endless")
            try await endless.expect("begun")
            try await endless.cut()
            try await eventually("its closure goes on") { ended.values.last == "cancelled: true" }
        }
    }
}
