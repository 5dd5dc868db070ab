//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import NIOTLS

/// Keeps to the rules of HTTP/1 that ``HTTP1Exchanges`` knows, and to the time that a client may take over them. Between NIO's codec and
/// Hummingbird's, because only there is the version of a request known.
final class HTTP1ExchangeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a client may go on after its last response, and how long a request may take to arrive once the server stops.
    static let lingerTime: TimeAmount = .seconds(10)

    private var exchanges = HTTP1Exchanges()
    /// The wait for the connection's first request.
    private var firstHead: PendingHead?
    /// The wait for the rest of a request, once the server stops.
    private var rest: Scheduled<Void>?
    /// The wait for the client to read the last response.
    private var farewell: Scheduled<Void>?

    /// Whether the client has closed its side. Under TLS only the event tells.
    private(set) var isInputClosed = false
    /// Taken when the connection turns out to be encrypted.
    private let isTLS: OnceFlag
    /// Whether the client has sent what is no request: what follows is not looked at.
    private var isRefusing = false
    /// Whether the connection has been taken over; this handler stays for a moment longer.
    private var isStandingDown = false

    /// What the decoder in front of this handler does with bytes that it has not decoded.
    let remainder: RequestDecoder.Remainder

    init(firstHead: PendingHead?, isTLS: OnceFlag, remainder: RequestDecoder.Remainder = .init()) {
        self.firstHead = firstHead
        self.isTLS = isTLS
        self.remainder = remainder
    }

    /// Whether the response under way is for HTTP/1.0.
    var isAnsweringHTTP10: Bool { self.exchanges.answering?.isHTTP10 == true }
    /// Whether an upgrade has been granted.
    var hasSwitchedProtocols: Bool { self.exchanges.hasSwitchedProtocols }

    /// The connection has been taken over: what still comes is none of HTTP/1's concern.
    func standDown() {
        self.isStandingDown = true
        self.stopWaiting()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.stopWaiting()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.stopWaiting()
        context.fireChannelInactive()
    }

    private func stopWaiting() {
        self.firstHead?.arrived()
        self.firstHead = nil
        self.rest?.cancel()
        self.rest = nil
        self.farewell?.cancel()
        self.farewell = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isRefusing else { return }
        switch Self.unwrapInboundIn(data) {
        case .head(var head):
            self.firstHead?.arrived()
            self.firstHead = nil
            guard head.version != .http1_1 || HostField.isValid(head.headers["host"]) else {
                // Answered with 400, like everything else that is no HTTP (RFC 9112 §3.2).
                self.isRefusing = true
                return context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
            }
            self.exchanges.received(.init(head))
            if head.version == .http1_0, head.headers.contains(name: "upgrade") {
                // Nobody may take it for a wish that can be granted (RFC 9110 §7.8).
                head.headers.remove(name: "upgrade")
                return context.fireChannelRead(Self.wrapInboundOut(.head(head)))
            }
        case .body: break
        case .end:
            self.exchanges.receivedEnd()
            self.rest?.cancel()
            self.rest = nil
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        // What is not asked for stays with the kernel, which lets the client wait. The end of a connection is noticed all the same.
        if self.exchanges.wantsInput || self.isStandingDown { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, self.exchanges.isReceiving, self.rest == nil {
            // Hummingbird would wait for the rest of the request for ever.
            self.rest = self.close(context, in: Self.lingerTime)
        }
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event { _ = self.isTLS.take() }
        if case ChannelEvent.inputClosed = event { self.isInputClosed = true }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Whoever has taken the connection over knows what to do with a late answer, and with the end that it announces.
        guard !self.isStandingDown else { return context.write(data, promise: promise) }
        switch Self.unwrapOutboundIn(data) {
        case .head(var head):
            let saysClose = head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
            let action = self.exchanges.respond(status: Int(head.status.code), saysClose: saysClose)
            guard action != .init() else { return context.write(data, promise: promise) }
            if action.isHTTP10 { head.version = .http1_0 }
            if action.closes { head.headers.replaceOrAdd(name: "connection", value: "close") }
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            if self.exchanges.sendsBody { context.write(data, promise: promise) } else { promise?.succeed() }
        case .end:
            let action = self.exchanges.respondEnd()
            if action.passes { context.write(data, promise: promise) } else { promise?.succeed() }
            if action.closes {
                // The client gets to read the response before the connection is gone; it is given only so much time for that.
                context.flush()
                let closed = context.eventLoop.makePromise(of: Void.self)
                closed.futureResult.assumeIsolatedUnsafeUnchecked().whenComplete { _ in
                    if context.channel.isActive { self.farewell = self.close(context, in: Self.lingerTime) }
                }
                context.close(mode: .output, promise: closed)
            }
        }
    }

    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
        context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: time) { [channel = context.channel] in
            HardClose.close(channel)
        }
    }
}

extension HTTP1Exchanges.Request {
    fileprivate init(_ head: HTTPRequestHead) {
        self.isHTTP10 = head.version.major == 1 && head.version.minor == 0
        self.isHead = head.method == .HEAD
        self.asksForClose = head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
        self.asksForUpgrade =
            head.method == .CONNECT
            || head.headers.contains(name: "upgrade") && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }
}
