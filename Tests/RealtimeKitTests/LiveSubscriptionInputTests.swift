//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import NIOCore
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Requests to change an open stream's channels that ask for too much, or make no sense.
@Suite(.serialized, .timeLimit(.minutes(1))) struct LiveSubscriptionInputTests {
    private static let json = ["Content-Type: application/json"]

    @Test func aStreamHasNoMoreChannelsThanItMayHave() async throws {
        var configuration = LiveStream.configuration
        configuration.maxChannelsPerConnection = 3
        let manager = try SSEManager()
        try await LiveStream.run(manager, configuration: configuration) { server, _ in
            let stream = try await LiveStream(server, "/sse?channels=a,b")
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("c"))").isSuccess)
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("d"))").isError(400, "at most 3 channels"))
            // One that it has is none too many.
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("c"))").isSuccess)
            #expect(manager.channels(of: stream.id) == ["a", "b", "c"])
            #expect(try await server.request("POST", "/sse/unsubscribe?\(stream.query("b"))").isSuccess)
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("d"))").isSuccess)
            #expect(manager.channels(of: stream.id) == ["a", "c", "d"])
            await stream.client.close()
        }
    }

    @Test func manyRequestsAtOnceDoNotPassTheLimit() async throws {
        var configuration = LiveStream.configuration
        configuration.maxChannelsPerConnection = 10
        let manager = try SSEManager()
        try await LiveStream.run(manager, configuration: configuration) { server, _ in
            let stream = try await LiveStream(server)
            let done = try await withThrowingTaskGroup { group in
                for number in 0..<40 {
                    group.addTask { try await server.request("POST", "/sse/subscribe?\(stream.query("c\(number)"))").isSuccess }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(done == 10)
            #expect(manager.channels(of: stream.id).count == 10)
            for _ in 0..<10 { try await stream.client.expect("subscribed") }
            await stream.client.close()
        }
    }

    @Test(arguments: [
        ("", "name is empty"),
        (String(repeating: "n", count: 256), "256 bytes"),
        ("a%00b", "control character"),
        ("a%0Ab", "control character"),
        ("a%7F", "control character"),
        ("a%C2%85", "control character"),
        ("%zz", "percent-encoded"),
        ("%4", "percent-encoded"),
        ("%ff", "percent-encoded"),
    ])
    func badNamesAreRefusedWithAReason(name: String, reason: String) async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server)
            for action in ["subscribe", "unsubscribe"] {
                let answer = try await server.request("POST", "/sse/\(action)?\(stream.query(name))")
                #expect(answer.isError(400, reason), "\(answer)")
            }
            #expect(manager.channels(of: stream.id).isEmpty)
            await stream.client.close()
        }
    }

    @Test func theLengthOfANameIsThatOfTheEndpoint() async throws {
        var configuration = LiveStream.configuration
        configuration.maxNameLength = 4
        let manager = try SSEManager()
        try await LiveStream.run(manager, configuration: configuration) { server, _ in
            let stream = try await LiveStream(server)
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("12345"))").isError(400, "5 bytes"))
            #expect(try await server.request("POST", "/sse/subscribe?\(stream.query("1234"))").isSuccess)
            await stream.client.close()
        }
    }

    @Test func aFieldThatIsMissingOrBadIsNamed() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server)
            let (id, key) = (stream.id, stream.key)
            for (query, reason) in [
                ("", "id is missing"),
                ("key=\(key)&channel=a", "id is missing"),
                ("id=&key=\(key)&channel=a", "id is missing"),
                ("id=1&key=\(key)&channel=a", "id is missing or not a connection's"),
                ("id=\(id)x&key=\(key)&channel=a", "id is missing or not a connection's"),
                ("ID=\(id)&key=\(key)&channel=a", "id is missing"),
                ("id=\(id)&key=\(key)", "channel is missing"),
                ("id=\(id)&key=\(key)&channels=a", "channel is missing"),
                ("id=\(id)&key=%c3%28&channel=a", "percent-encoded"),
            ] {
                let answer = try await server.request("POST", "/sse/subscribe?\(query)")
                #expect(answer.isError(400, reason), "\(query): \(answer)")
            }
            for body in [
                "", "{", "[]", "null", "x", "\u{0}", #""id""#, #"{"id":1,"key":"\#(key)","channel":"a"}"#,
                #"{"id":"\#(id)","key":"\#(key)","channel":["a"]}"#, String(repeating: "[", count: 10_000),
                #"{"channel":"# + String(repeating: #"{"channel":"#, count: 1000),
            ] {
                let answer = try await server.request("POST", "/sse/subscribe", headers: Self.json, body: body)
                #expect(answer.isError(400, "not a JSON object"), "\(body.prefix(60)): \(answer)")
            }
            let nothing = try await server.request("POST", "/sse/subscribe", headers: Self.json, body: "{}")
            #expect(nothing.isError(400, "id is missing"))
            let forged = #"{"id":"\#(id)","key":"\#(key)","channel":"a\ndata: forged"}"#
            #expect(try await server.request("POST", "/sse/subscribe", headers: Self.json, body: forged).isError(400, "control character"))
            #expect(manager.channels(of: id).isEmpty)
            await stream.client.close()
        }
    }

    @Test func whatGoesWrongWithABodyIsNotTold() async throws {
        /// Gives requests a body that cannot be read.
        struct Breaking: RouterMiddleware {
            func handle(
                _ request: Request,
                context: BasicRequestContext,
                next: (Request, BasicRequestContext) async throws -> Response
            ) async throws -> Response {
                var request = request
                let (body, source) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
                source.finish(throwing: HTTPError(.unprocessableContent, message: "hunter2"))
                request.body = RequestBody(asyncSequence: body)
                return try await next(request, context)
            }
        }
        let plugin = try SSEPlugin<BasicRequestContext, Anonymous>(manager: SSEManager(), configuration: LiveStream.configuration)
        try await TestServer.run(Router().add(middleware: Breaking()).sse("/sse", plugin)) { server in
            let stream = try await LiveStream(server)
            let body = #"{"id":"\#(stream.id)","key":"\#(stream.key)","channel":"a"}"#
            let answer = try await server.request("POST", "/sse/subscribe", headers: ["Content-Type: application/json"], body: body)
            #expect(answer.isError(422, "the body could not be read"), "\(answer)")
            #expect(!answer.body.contains("hunter2"))
            await stream.client.close()
        }
    }

    @Test func aLargeBodyIsNotRead() async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server)
            let fields = #"{"id":"\#(stream.id)","key":"\#(stream.key)","channel":"a","more":""#
            func body(_ count: Int) -> String { fields + String(repeating: "x", count: count - fields.utf8.count - 2) + #""}"# }
            let largest = SSESubscriptionChange.maxBody
            let refused = try await server.request("POST", "/sse/subscribe", headers: Self.json, body: body(largest + 1))
            #expect(refused.isError(413, "16384 bytes"))
            #expect(manager.channels(of: stream.id).isEmpty)

            // Without a length it is found out while reading.
            let socket = try await TestSocket.connect(port: server.port)
            let head = "POST /sse/subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunk = "1000\r\n" + String(repeating: " ", count: 4096) + "\r\n"
            try await socket.send(head + String(repeating: chunk, count: 5) + "0\r\n\r\n")
            #expect(try await TestServer.Answer(on: socket).isError(413))

            #expect(try await server.request("POST", "/sse/subscribe", headers: Self.json, body: body(largest)).isSuccess)
            await socket.close()
            await stream.client.close()
        }
    }

    @Test(arguments: Leaving.allCases) func aBodyThatDoesNotComeLeavesNothingBehind(leaving: Leaving) async throws {
        let manager = try SSEManager()
        try await LiveStream.run(manager) { server, _ in
            let stream = try await LiveStream(server)
            try await SteadyClient.run(beside: server, manager) {
                for _ in 0..<10 {
                    let socket = try await TestSocket.connect(port: server.port)
                    let fields = "Host: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
                    try await socket.send("POST /sse/subscribe?\(stream.query("a")) HTTP/1.1\r\n\(fields){\"id\"")
                    try await leaving.leave(socket)
                    // A client that closed its own side only gets to see the end of the connection.
                    _ = try await socket.receiveAll()
                }
                #expect(manager.channels(of: stream.id).isEmpty)
                await stream.client.close()
            }
        }
    }
}
