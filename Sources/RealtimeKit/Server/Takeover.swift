//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import NIOPosix
import RealtimeCore

/// Takes an HTTP/1.1 connection over from Hummingbird once the head of the response has been written.
enum Takeover {
    /// Why a connection stays as it is. Nothing was changed.
    enum Impossible: Error {
        /// It is not HTTP/1.1 at all, but a stream of an HTTP/2 connection.
        case notHTTP1
        /// The handlers are not the ones of Hummingbird's HTTP/1.1 channel.
        case unknownPipeline
        /// The response is not the one that was meant, because a middleware replaced it.
        case anotherResponse
    }

    /// The handlers of Hummingbird's HTTP/1.1 channel.
    private struct Handlers {
        let encoder: ChannelHandlerContext
        let decoder: ChannelHandlerContext
        /// Whether the decoder is NIO's own.
        let isStock: Bool
        /// Ours; there with `.realtime()` only.
        let exchange: ChannelHandlerContext?
        let codec: ChannelHandlerContext
        let state: ChannelHandlerContext
    }

    /// Puts a ``TakeoverHandler`` next to the socket and removes the HTTP handlers. To be called on the event loop.
    ///
    /// - Parameters:
    ///   - session: what will be spoken on the connection.
    ///   - allowsDirectWrites: whether the socket may be written past NIO, provided that it carries the session's bytes as they are.
    static func perform(on channel: any Channel, for session: any TakeoverSession, allowsDirectWrites: Bool) throws -> TakeoverHandler {
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let operations = channel.pipeline.syncOperations
        if (try? operations.context(handlerType: TakeoverHandler.self)) != nil { throw TakeoverHandler.ConnectionTakenOver() }
        let handlers = try Self.handlers(of: channel)

        let socket = Self.socket(of: channel)
        let exchange = handlers.exchange?.handler as? HTTP1ExchangeHandler
        // HTTP/1.0 knows no chunks: the end of the body is the end of the connection (RFC 9112 §6.3).
        let framing: WireMessage.Framing = exchange?.isAnsweringHTTP10 == true ? .bare : session.framing
        let handler = TakeoverHandler(session: session, framing: framing)
        try operations.addHandler(handler, position: .before(handlers.encoder.handler))
        let own = try operations.context(handler: handler)
        // What NIO still holds, of this response or an earlier one, must not be overtaken.
        let pending = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        if let socket, allowsDirectWrites, DirectWrite.isSupported, framing != .bare, pending == 0,
            PipelineNames.isUnchanged(encoder: handlers.encoder.name, state: handlers.state.name, own: own.name)
        {
            handler.allowDirectWrites(to: socket)
        }

        let isInputClosed = exchange?.isInputClosed == true
        exchange?.standDown()
        if session.readsRemainder {
            exchange?.remainder.receiver = { handler.receivedRemainder($0) }
            if handlers.isStock, let bytes = StockDecoder.remainder(of: handlers.decoder.handler) { handler.receivedRemainder(bytes) }
        }
        // The idle timer would close the stream.
        operations.removeHandler(context: handlers.state, promise: nil)
        operations.removeHandler(context: handlers.encoder, promise: nil)
        // The decoder leaves in the next tick and may hand on what it had begun to parse: what understands that has to be there until then.
        operations.removeHandler(context: handlers.decoder).assumeIsolatedUnsafeUnchecked().whenComplete { _ in
            if let exchange = handlers.exchange { operations.removeHandler(context: exchange, promise: nil) }
            operations.removeHandler(context: handlers.codec, promise: nil)
            handler.httpHasLeft()
        }
        // From here on our handler asks for what is read: Hummingbird's, at the other end of the pipeline, no longer does.
        try channel.syncOptions?.setOption(.autoRead, value: false)

        if isInputClosed || socket.map({ DirectWrite.isAtEnd($0) }) == true {
            // The FIN came before the handler was there to see it.
            channel.eventLoop.assumeIsolatedUnsafeUnchecked().execute { handler.clientIsGone() }
        }
        return handler
    }

    /// Why a connection cannot be taken over; `nil` when it can. To be called on the event loop.
    static func problem(on channel: any Channel) -> Impossible? {
        do throws(Impossible) {
            _ = try self.handlers(of: channel)
            return nil
        } catch {
            return error
        }
    }

    private static func handlers(of channel: any Channel) throws(Impossible) -> Handlers {
        let operations = channel.pipeline.syncOperations
        guard let encoder = try? operations.context(handlerType: HTTPResponseEncoder.self) else { throw .notHTTP1 }
        let own = try? operations.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)
        let stock = own == nil ? try? operations.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self) : nil
        guard let decoder = own ?? stock,
            let codec = try? operations.context(handlerType: HTTP1ToHTTPServerCodec.self),
            let state = try? operations.context(handlerType: HTTPConnectionStateHandler.self)
        else { throw .unknownPipeline }
        let exchange = try? operations.context(handlerType: HTTP1ExchangeHandler.self)
        return Handlers(encoder: encoder, decoder: decoder, isStock: own == nil, exchange: exchange, codec: codec, state: state)
    }

    private static func socket(of channel: any Channel) -> CInt? {
        try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    }
}
