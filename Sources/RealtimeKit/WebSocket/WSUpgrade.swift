//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RealtimeCore

/// The parts of answering a handshake that every WebSocket endpoint has.
struct WSUpgrade: Sendable {
    let origin: OriginPolicy
    let limiter: ConnectionLimiter
    let subprotocols: [String]
    let compression: Bool
    /// Taken once the log has said that the server cannot upgrade.
    let notice: OnceFlag

    /// Reads the handshake and checks where it comes from.
    func handshake(_ request: Request, _ context: any RequestContext, _ refusal: Refusal) async throws(Refused) -> WSHandshake {
        if case .http2 = ConnectionScope.current?.kind {
            throw Refused(response: refusal.badRequest("WebSockets are served over HTTP/1.1 here, not over HTTP/2"))
        }
        let handshake: WSHandshake
        do throws(WSHandshake.Problem) {
            handshake = try WSHandshake(request.head)
        } catch {
            throw Refused(response: await Self.answer(to: error, context, refusal))
        }
        guard self.origin.allows(OriginRequest(request, context, proxies: self.limiter.trustedProxies)) else {
            throw Refused(response: refusal.respond(.forbidden, ["message": "This page may not do that"], reason: "origin"))
        }
        return handshake
    }

    private static func answer(to problem: WSHandshake.Problem, _ context: any RequestContext, _ refusal: Refusal) async -> Response {
        // HTTP/2 has no such fields (RFC 9113 §8.2.2).
        let isHTTP1 = await Self.isHTTP1(refusal.request, context)
        var headers: HTTPFields = isHTTP1 ? [.upgrade: "websocket", .connection: "Upgrade"] : [:]
        switch problem {
        case .notAnUpgrade:
            return refusal.respond(.upgradeRequired, ["message": "This is a WebSocket"], reason: "no_upgrade", headers: headers)
        case .version:
            headers[.secWebSocketVersion] = "13"
            return refusal.respond(.upgradeRequired, ["message": "Version 13 is spoken here"], reason: "version", headers: headers)
        case .malformed(let message):
            return refusal.badRequest(message)
        }
    }

    /// The connection below a request, if it can become a WebSocket.
    func channel(of context: any RequestContext, _ refusal: Refusal) async throws(Refused) -> any Channel {
        if let scope = ConnectionScope.current, case .http1 = scope.kind { return scope.channel }
        if let channel = ConnectionScope.channel(of: context) {
            switch await Self.problem(on: channel) {
            case nil: return channel
            case .notHTTP1: throw Refused(response: refusal.badRequest("WebSockets are served over HTTP/1.1 here, not over HTTP/2"))
            default: break
            }
        }
        if self.notice.take() {
            context.logger.error(
                "WebSockets cannot be served on this connection. Pass `server: .realtime()` to Application, or use a RealtimeRequestContext."
            )
        }
        throw Refused(response: refusal.respond(.notImplemented, ["message": "WebSockets are not available"], reason: "unavailable"))
    }

    /// Whether a request came on HTTP/1.1, as far as that is known: without `.realtime()` only a request's own field or its channel tells.
    private static func isHTTP1(_ request: Request, _ context: any RequestContext) async -> Bool {
        if ConnectionScope.isHTTP1 || request.headers.contains(.connection) { return true }
        guard let channel = ConnectionScope.channel(of: context) else { return false }
        return await self.problem(on: channel) != .notHTTP1
    }

    private static func problem(on channel: any Channel) async -> Takeover.Impossible? {
        do {
            return try await channel.eventLoop.submit { Takeover.problem(on: channel) }.get()
        } catch {
            // A loop that answers no more has no connections either.
            return .unknownPipeline
        }
    }

    /// The methods that a route may be registered for, and the answer to all but GET.
    static let methods: [HTTPRequest.Method] = [.get, .head, .options, .post, .put, .patch, .delete]
    static var methodNotAllowed: Response { Response(status: .methodNotAllowed, headers: [.allow: "GET"]) }

    /// Checks the names of subprotocols, which are tokens (RFC 6455 §4.1).
    static func validate(subprotocols: [String]) throws(RealtimeError) {
        guard let bad = subprotocols.first(where: { HTTPField.Name($0) == nil }) else { return }
        throw RealtimeError(.invalidConfiguration, "the subprotocol '\(bad)' is not a token: letters, digits and !#$%&'*+-.^_`|~ are accepted")
    }

    /// The first of our subprotocols that the client offers (RFC 6455 §1.9).
    func subprotocol(for handshake: WSHandshake) -> String? {
        self.subprotocols.first { handshake.protocols.contains($0) }
    }

    /// The compression that the client offers and that can be kept.
    func deflate(for handshake: WSHandshake) -> WSDeflateAgreement? {
        self.compression ? .first(of: handshake.extensions) : nil
    }

    /// Ends the connection behind the refusal of an upgrade, behind which NIO's decoder reads nothing more. A server made by `.realtime()`
    /// sees to that itself.
    static func closing(_ response: Response, _ request: Request, _ context: any RequestContext) -> Response {
        guard ConnectionScope.current == nil, WSHandshake.asksForUpgrade(request.head) else { return response }
        var response = response
        response.headers[.connection] = "close"
        if let channel = ConnectionScope.channel(of: context) {
            response.body = response.body.andThen { channel.eventLoop.execute { channel.close(mode: .output, promise: nil) } }
        }
        return response
    }
}

extension ResponseBody {
    /// A body behind whose end something is done.
    fileprivate consuming func andThen(_ done: @escaping @Sendable () -> Void) -> ResponseBody {
        let base = self
        return ResponseBody(contentLength: base.contentLength) { writer in
            try await base.write(writer)
            done()
        }
    }
}
