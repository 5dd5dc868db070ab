//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// How a channel answers requests: with a stream, or with what is in its way.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEChannelResponseTests {
    // MARK: The stream's head

    @Test(arguments: TransportPath.routes) func theHeadersOfTheRouteWinOverThoseOfTheChannel(path: TransportPath) async throws {
        let options = SSEChannel.Options(headers: [.cacheControl: "no-store", .server: "channel", .via: "channel"], retry: 1234)
        let channel = try SSEChannel("news", options: options)
        let route = TestRoute.channel(channel, headers: [.server: "route", .expires: "0"])
        try await path.run(route) { server in
            for method in ["GET", "HEAD"] {
                let client = try await server.open(method: method)
                let head = try await client.response()
                #expect(head.status == 200)
                #expect(head.headers["content-type"] == "text/event-stream")
                #expect(head.headers["x-accel-buffering"] == "no")
                #expect(head.headers["cache-control"] == "no-store")
                #expect(head.headers["via"] == "channel")
                #expect(head.headers["server"] == "route")
                #expect(head.headers["expires"] == "0")
                if method == "HEAD" {
                    #expect(try await client.body().isEmpty)
                } else {
                    #expect(try await client.nextComment() == "open")
                    #expect(await client.retry == 1234)
                }
                await client.close()
            }
        }
    }

    @Test func headTakesNoPlace() async throws {
        let limiter = try ConnectionLimiter(.init(total: 5))
        let channel = try SSEChannel("news", options: .init(maxClients: 1), limiter: limiter)
        let told = Recorder<String>()
        try await TransportPath.direct.run(.channel(channel, onConnect: { told.add($0.id) })) { server in
            let head = try await server.open("/sse?id=a", method: "HEAD")
            #expect(try await head.response().status == 200)
            #expect(try await head.body().isEmpty)
            #expect(!channel.isFull)
            #expect(limiter.room == 5)
            #expect(told.values.isEmpty)
        }
    }

    @Test func aChannelMayBeMadeForARequest() async throws {
        let channels = Recorder<String>()
        let route = TestRoute { request, context in
            try SSEChannel("for one").respond(
                to: request,
                context: context,
                clientID: "only",
                onConnect: { channels.add($0.id) }
            )
        }
        try await TransportPath.direct.run(route) { server in
            let client = try await server.stream()
            try await eventually("it is told of") { channels.values == ["only"] }
            await server.base.stop()
            try await client.expect("disconnect", #"{"reason":"shutdown","reconnect":true}"#)
        }
    }

    // MARK: Names

    @Test func aBadNameIsRefused() async throws {
        let channel = try SSEChannel("news")
        try await TransportPath.direct.run(.channel(channel)) { server in
            for query in ["id=", "id=a%0Ab", "id=a%00", "id=%C2%80", "id=" + String(repeating: "x", count: 256)] {
                let client = try await server.open("/sse?\(query)")
                let head = try await client.response()
                #expect(head.status == 400, "\(query)")
                #expect(head.headers["content-type"] == "application/json; charset=utf-8")
                #expect(try await client.body().contains("the client's id: "))
            }
            #expect(channel.clientCount == 0)
            let longest = String(repeating: "x", count: 255)
            _ = try await server.stream("/sse?id=\(longest)")
            try await eventually("the longest is fine") { channel.clientIDs == [longest] }
        }
    }

    @Test(arguments: TransportPath.twoRoutes) func whoComesUnderANameInUseTakesItOver(path: TransportPath) async throws {
        let channel = try SSEChannel("news", options: .init(maxClients: 1))
        let ends = Recorder<ConnectionID>()
        try await path.run(.channel(channel, onDisconnect: { client, _ in ends.add(client.connectionID) })) { server in
            let old = try await server.stream("/sse?id=a")
            try await eventually("it is there") { channel.clientCount == 1 }
            let first = try #require(channel.client("a")).connectionID
            // The channel is full, but nobody is added.
            let new = try await server.stream("/sse?id=a")
            try await old.expect("disconnect", #"{"reason":"kicked","reconnect":false}"#)
            #expect(try await old.nextOrEnd() == nil)
            await old.close()
            try await eventually("its end was reported") { ends.values == [first] }
            // The end of the old one took nothing from the new one.
            #expect(channel.clientIDs == ["a"])
            #expect(channel.client("a")?.connectionID != first)
            #expect(channel.isFull)
            #expect(try channel.send("hello", "again", to: "a"))
            try await new.expect("hello", "again")
            await new.close()
        }
    }

    @Test func aNameInUseMayBeRefused() async throws {
        let limiter = try ConnectionLimiter(.init(total: 5))
        let channel = try SSEChannel("news", limiter: limiter)
        try await TransportPath.direct.run(.channel(channel, duplicates: .reject)) { server in
            let old = try await server.stream("/sse?id=a")
            try await eventually("it is there") { channel.clientCount == 1 }
            let new = try await server.open("/sse?id=a")
            #expect(try await new.response().status == 409)
            #expect(try await new.body() == #"{"message":"This client is connected already"}"#)
            try await eventually("its seat is free") { limiter.room == 4 }
            #expect(try channel.broadcast("still", "here") == 1)
            try await old.expect("still", "here")
            _ = try await server.stream("/sse?id=b")
            await old.close()
            try await eventually("the name is free again") {
                let again = try await server.open("/sse?id=a")
                return try await again.response().status == 200
            }
        }
    }

    // MARK: Limits

    @Test(arguments: TransportPath.twoRoutes) func oneTooManyIsAskedToComeBackLater(path: TransportPath) async throws {
        let limiter = try ConnectionLimiter(.init(total: 5))
        let channel = try SSEChannel("news", options: .init(maxClients: 2), limiter: limiter)
        try await path.run(.channel(channel)) { server in
            let first = try await server.stream("/sse?id=a")
            #expect(!channel.isFull)
            let second = try await server.stream("/sse?id=b")
            try await eventually("both are there") { channel.clientCount == 2 }
            #expect(channel.isFull)
            let third = try await server.open("/sse?id=c")
            let head = try await third.response()
            #expect(head.status == 503)
            #expect(head.headers["retry-after"] == "30")
            #expect(try await third.body() == #"{"message":"Channel at capacity"}"#)
            await third.close()
            #expect(channel.clientCount == 2)
            try await eventually("its seat is free") { limiter.room == 3 }
            #expect(channel.disconnect("a"))
            try await first.expect("disconnect")
            try await eventually("there is room") { !channel.isFull }
            let fourth = try await server.stream("/sse?id=d")
            try await eventually("it is there") { channel.clientCount == 2 }
            #expect(channel.isFull)
            for client in [first, second, fourth] { await client.close() }
        }
    }

    @Test func theLimitsOfTheProcessHoldForChannels() async throws {
        let limiter = try ConnectionLimiter(.init(total: 3, perUser: 1))
        let channel = try SSEChannel("news", options: .init(maxClients: 10), limiter: limiter)
        try await TransportPath.direct.run(.channel(channel)) { server in
            _ = try await server.stream("/sse?user=7")
            let same = try await server.open("/sse?user=7")
            #expect(try await same.response().status == 200)
            #expect(try await same.nextComment() == "come back later")
            #expect((10_000...31_000).contains(try #require(await same.retry)))
            _ = try await server.stream("/sse?user=8")
            _ = try await server.stream("/sse")
            let total = try await server.open("/sse")
            #expect(try await total.nextComment() == "come back later")
            #expect((1000...6000).contains(try #require(await total.retry)))
            // For others than event streams there are statuses.
            let plain = try await server.base.request("GET", "/sse?user=9", headers: ["Accept: */*"])
            #expect(plain.status == 503)
            try await eventually("three are there") { channel.clientCount == 3 }
            #expect(channel.close() == 3)
            try await eventually("all seats are free") { limiter.room == 3 }
            _ = try await server.stream("/sse?user=7")
            let more = try await server.base.request("GET", "/sse?user=7", headers: ["Accept: */*"])
            #expect(more.status == 429)
        }
    }

    @Test func aResponseThatIsReplacedKeepsNoPlace() async throws {
        let limiter = try ConnectionLimiter(.init(total: 5))
        let channel = try SSEChannel("news", options: .init(maxClients: 1), limiter: limiter)
        let told = Recorder<String>()
        let route = TestRoute { request, context in
            _ = channel.respond(
                to: request,
                context: context,
                clientID: "a",
                onConnect: { _ in told.add("connect") },
                onDisconnect: { _, _ in told.add("disconnect") }
            )
            return "something else"
        }
        try await TransportPath.direct.run(route) { server in
            for _ in 0..<3 {
                let client = try await server.open()
                #expect(try await client.body() == "something else")
            }
            #expect(channel.clientCount == 0)
            #expect(!channel.isFull)
            #expect(limiter.room == 5)
        }
        #expect(told.values.isEmpty)
    }
}
