//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import RealtimeKitTesting

/// A request on an HTTP/2 connection of its own, under TLS.
final class HTTP2TestExchange: TestExchange {
    private let connection: any Channel
    private let stream: any Channel
    private let inbox: TestInbox<TestResponsePart>

    init(port: Int, method: String, target: String, headers: [String]) async throws {
        let inbox = TestInbox<TestResponsePart>()
        let (connection, multiplexer) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try TestCertificate.addClientHandler(to: channel, applicationProtocols: ["h2"])
                    let multiplexer = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .client,
                        connectionConfiguration: .init(),
                        streamConfiguration: .init()
                    ) { $0.eventLoop.makeSucceededVoidFuture() }
                    return (channel, multiplexer)
                }
            }
        let opened = connection.eventLoop.makePromise(of: (any Channel).self)
        multiplexer.createStreamChannel(promise: opened) { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(StreamHandler(inbox: inbox)) }
        }
        self.connection = connection
        self.inbox = inbox
        self.stream = try await opened.futureResult.get()
        var fields: HPACKHeaders = [":method": method, ":scheme": "https", ":authority": "127.0.0.1:\(port)", ":path": target]
        fields.add(name: "accept", value: "text/event-stream")
        for header in headers {
            let parts = header.split(separator: ":", maxSplits: 1)
            fields.add(name: parts[0].lowercased(), value: String(parts[1].drop { $0 == " " }))
        }
        try await self.stream.writeAndFlush(HTTP2Frame.FramePayload.headers(.init(headers: fields, endStream: true)))
    }

    func receive(timeout: Duration) async throws -> TestResponsePart? { try await self.inbox.next(timeout: timeout) }
    func stall() async throws { try await self.stream.setOption(.autoRead, value: false).get() }
    func unstall() async throws {
        try await self.stream.setOption(.autoRead, value: true).get()
        // A stream's channel does not begin to read by itself then, as a socket's does.
        self.stream.read()
    }
    /// A client that is done with a stream resets it: the request had ended before.
    func closeOutput() async throws { try await self.reset() }
    func reset() async throws { try? await self.stream.close() }
    func close() async { try? await self.connection.close() }

    private final class StreamHandler: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload
        private let inbox: TestInbox<TestResponsePart>

        init(inbox: TestInbox<TestResponsePart>) {
            self.inbox = inbox
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch Self.unwrapInboundIn(data) {
            case .headers(let headers):
                let status = headers.headers.first(name: ":status").flatMap { Int($0) } ?? 0
                let fields = Dictionary(headers.headers.map { ($0.name, $0.value) }) { "\($0), \($1)" }
                self.inbox.add(.head(.init(status: status, headers: fields)))
                if headers.endStream { self.inbox.add(.end) }
            case .data(let data):
                if case .byteBuffer(let bytes) = data.data, bytes.readableBytes > 0 { self.inbox.add(.body(bytes)) }
                if data.endStream { self.inbox.add(.end) }
            default: break
            }
        }

        func channelInactive(context: ChannelHandlerContext) { self.inbox.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
