//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import RealtimeKit

/// The rules of HTTP/1 between NIO's codec and the rest of the server, with a clock that is moved by hand.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HTTP1ExchangeHandlerTests {
    /// An embedded channel knows no half closure, so this passes for one on which it was asked for.
    private final class HalfClosing: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        private(set) var isHalfClosed = false
        private(set) var reads = 0

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .output else { return context.close(mode: mode, promise: promise) }
            self.isHalfClosed = true
            promise?.succeed()
        }

        func read(context: ChannelHandlerContext) {
            self.reads += 1
            context.read()
        }
    }

    /// A connection with NIO's codec and our handler.
    private func connection() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: HalfClosing())
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        let decoder = try channel.pipeline.syncOperations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try channel.pipeline.syncOperations.addHandler(
            HTTP1ExchangeHandler(firstHead: nil, isTLS: OnceFlag()),
            position: .after(decoder)
        )
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func receive(_ text: String, on channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    private func respond(_ status: HTTPResponseStatus, body: String? = nil, on channel: EmbeddedChannel) throws {
        try channel.writeOutbound(HTTPServerResponsePart.head(.init(version: .http1_1, status: status)))
        if let body { try channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: body)))) }
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }

    private func sent(on channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    /// Whether the client is told, by a FIN, that nothing more comes.
    private func isHalfClosed(_ channel: EmbeddedChannel) throws -> Bool {
        try channel.pipeline.syncOperations.handler(type: HalfClosing.self).isHalfClosed
    }

    /// Whether more is read when somebody asks for it.
    private func reads(_ channel: EmbeddedChannel) throws -> Bool {
        let socket = try channel.pipeline.syncOperations.handler(type: HalfClosing.self)
        let before = socket.reads
        channel.read()
        return socket.reads > before
    }

    private func stopServer(_ channel: EmbeddedChannel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    // MARK: Wire

    @Test func aStreamedBodyIsChunkedForHTTP11() throws {
        let channel = try self.connection()
        try self.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n", on: channel)
        try self.respond(.ok, body: "abc", on: channel)
        #expect(try self.sent(on: channel) == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        #expect(channel.isActive)
    }

    @Test func aStreamedBodyIsBareForHTTP10() throws {
        let channel = try self.connection()
        try self.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", on: channel)
        try self.respond(.ok, body: "abc", on: channel)
        #expect(try self.sent(on: channel) == "HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nabc")
    }

    @Test func aStreamedBodyIsLeftOutForHead() throws {
        let channel = try self.connection()
        try self.receive("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", on: channel)
        try self.respond(.ok, body: "abc", on: channel)
        try self.respond(.ok, body: "def", on: channel)
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        #expect(try self.sent(on: channel) == head + head + "3\r\ndef\r\n0\r\n\r\n")
        #expect(channel.isActive)
    }

    @Test func whatIsLeftOutCountsAsWritten() throws {
        let channel = try self.connection()
        try self.receive("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", on: channel)
        channel.write(HTTPServerResponsePart.head(.init(version: .http1_1, status: .ok)), promise: nil)
        let body = channel.eventLoop.makePromise(of: Void.self)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: "abc"))), promise: body)
        let end = channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: end)
        try body.futureResult.wait()
        try end.futureResult.wait()
    }

    @Test func aContinueIsSentBeforeTheAnswerToTheSameRequest() throws {
        let channel = try self.connection()
        try self.receive("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", on: channel)
        try channel.writeOutbound(HTTPServerResponsePart.head(.init(version: .http1_1, status: .continue)))
        try self.receive("x", on: channel)
        try self.respond(.ok, body: "abc", on: channel)
        #expect(try self.sent(on: channel) == "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nconnection: close\r\n\r\nabc")
    }

    @Test(arguments: ["Connection: Upgrade\r\nUpgrade: h2c\r\n", "Connection: keep-alive, upgrade\r\nUpgrade: websocket\r\n"])
    func anUpgradeThatIsNotGrantedIsAnsweredWithTheEnd(fields: String) throws {
        let channel = try self.connection()
        try self.receive("GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n", on: channel)
        try self.respond(.ok, body: "abc", on: channel)
        #expect(try self.sent(on: channel).hasPrefix("HTTP/1.1 200 OK\r\nconnection: close\r\n"))
        channel.embeddedEventLoop.advanceTime(by: HTTP1ExchangeHandler.lingerTime)
        #expect(!channel.isActive)
    }

    @Test(arguments: ["Upgrade: h2c\r\n", "Connection: Upgrade\r\n", "Connection: keep-alive\r\nUpgrade: h2c\r\n"])
    func halfOfAWishForAnUpgradeIsNone(fields: String) throws {
        let channel = try self.connection()
        for _ in 0..<2 {
            try self.receive("GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n", on: channel)
            try self.respond(.ok, body: "abc", on: channel)
            #expect(try self.sent(on: channel) == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        }
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
    }

    @Test func whatComesBehindARequestForAnUpgradeIsLeftToTheKernel() throws {
        let channel = try self.connection()
        try self.receive("POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nab", on: channel)
        #expect(try self.reads(channel))
        try self.receive("c", on: channel)
        #expect(try !self.reads(channel))
        try self.respond(.ok, body: "abc", on: channel)
        #expect(try !self.reads(channel))
    }

    @Test func whatComesBehindOtherRequestsIsRead() throws {
        let channel = try self.connection()
        for fields in ["", "Upgrade: h2c\r\n", "Connection: Upgrade\r\n"] {
            try self.receive("GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n", on: channel)
            #expect(try self.reads(channel))
            try self.respond(.ok, on: channel)
        }
    }

    @Test func aConnectionThatHasBeenTakenOverIsRead() throws {
        let channel = try self.connection()
        try self.receive("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", on: channel)
        #expect(try !self.reads(channel))
        try channel.pipeline.syncOperations.handler(type: HTTP1ExchangeHandler.self).standDown()
        #expect(try self.reads(channel))
    }

    // MARK: Time

    @Test func aClientMayLingerForTenSecondsAfterItsLastResponse() throws {
        let channel = try self.connection()
        try self.receive("GET / HTTP/1.0\r\n\r\n", on: channel)
        #expect(try !self.isHalfClosed(channel))
        try self.respond(.ok, body: "abc", on: channel)
        #expect(try self.isHalfClosed(channel))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(9_999))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isActive)
    }

    @Test func aRequestThatIsStillArrivingWhenTheServerStopsIsGivenUpAfterTenSeconds() throws {
        let channel = try self.connection()
        try self.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", on: channel)
        self.stopServer(channel)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(9_999))
        #expect(channel.isActive)
        // Bytes alone win no time.
        try self.receive("def", on: channel)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isActive)
    }

    @Test func aRequestThatHasArrivedWhenTheServerStopsMayTakeItsTime() throws {
        let channel = try self.connection()
        try self.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n", on: channel)
        self.stopServer(channel)
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
    }

    @Test func aRequestThatArrivesInTimeMayTakeItsTimeToo() throws {
        let channel = try self.connection()
        try self.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n", on: channel)
        self.stopServer(channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        try self.receive("abc", on: channel)
        // Its answer takes longer than the rest of the ten seconds.
        channel.embeddedEventLoop.advanceTime(by: .seconds(30))
        #expect(channel.isActive)
        try self.respond(.ok, on: channel)
        #expect(try self.sent(on: channel).hasSuffix("0\r\n\r\n"))
    }

    @Test func nothingIsClosedOnceTheConnectionHasBeenTakenOver() throws {
        let channel = try self.connection()
        let handler = try channel.pipeline.syncOperations.handler(type: HTTP1ExchangeHandler.self)
        try self.receive("POST / HTTP/1.0\r\nContent-Length: 10\r\n\r\nabc", on: channel)
        self.stopServer(channel)
        handler.standDown()
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
    }

    /// What came behind a stream's request may be no HTTP, and is answered with 400 although nobody listens for answers any more.
    @Test func aLateAnswerThatAnnouncesTheEndDoesNotEndAConnectionThatHasBeenTakenOver() throws {
        let channel = try self.connection()
        let handler = try channel.pipeline.syncOperations.handler(type: HTTP1ExchangeHandler.self)
        try self.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n", on: channel)
        try self.respond(.ok, on: channel)
        handler.standDown()
        try channel.writeOutbound(HTTPServerResponsePart.head(.init(version: .http1_1, status: .badRequest, headers: ["connection": "close"])))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        #expect(try !self.isHalfClosed(channel))
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
    }
}
