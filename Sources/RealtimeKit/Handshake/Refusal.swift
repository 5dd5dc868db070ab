//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import NIOCore
import RealtimeCore

/// The request gets another answer than it hoped for.
struct Refused: Error {
    let response: Response
}

/// The answers to requests that get no connection. Plain HTTP responses, before any byte of a stream; each is counted by its reason.
struct Refusal {
    /// Why a client should come back later.
    enum TemporaryReason {
        case draining
        case authentication
        case hook
        case limit(LimitReason)

        /// The value of the metric.
        fileprivate var word: String {
            switch self {
            case .draining: "draining"
            case .authentication: "authentication"
            case .hook: "hook"
            case .limit(let limit): limit.rawValue
            }
        }

        /// Whether it is up to the client: it has too much already.
        fileprivate var isClients: Bool {
            switch self {
            case .limit(.user), .limit(.address): true
            default: false
            }
        }

        /// The seconds after which a client may try again, at random so that not all come at once.
        fileprivate var delay: ClosedRange<Int> { self.isClients ? 10...30 : 1...5 }
    }

    let request: Request
    let metrics: EngineMetrics
    /// What belongs on every answer, those to other origins' pages above all.
    var headers: HTTPFields = [:]
    var style = SSEConfiguration.TemporaryRefusal.retryStream
    /// The field of a JSON answer that says what is wrong.
    var field = "message"

    /// The request itself is wrong: 400.
    func badRequest(_ message: String) -> Response {
        self.respond(.badRequest, message: message, reason: "bad_request")
    }

    /// A credential is not good: 401.
    func unauthorized() -> Response { self.denied(nil, isAuthenticated: false) }

    /// Whoever asks was kicked: 403.
    func kicked() -> Response { self.respond(.forbidden, message: "Forbidden", reason: "kicked") }

    /// The application said no: 403 for a known user, 401 for an anonymous one.
    func denied(_ message: String?, isAuthenticated: Bool) -> Response {
        guard !isAuthenticated else { return self.respond(.forbidden, message: message ?? "Forbidden", reason: "forbidden") }
        return self.respond(.unauthorized, message: message ?? "Unauthorized", reason: "unauthorized", headers: [.wwwAuthenticate: "Bearer"])
    }

    /// A hook threw an error with a status of its own. Its message stays here: it was not written for the client.
    func failed(_ error: HTTPError) -> Response {
        self.metrics.refused("error")
        var headers = self.headers
        for field in error.headers { headers[field.name] = field.value }
        return Response(status: error.status, headers: headers)
    }

    /// The server cannot just now. `EventSource` gives up for good on any status but 200, so a client that asks for an event stream gets a
    /// short one that tells it when to come back.
    func temporary(_ reason: TemporaryReason) -> Response {
        self.metrics.refused(reason.word)
        let seconds = Int.random(in: reason.delay)
        var headers = self.headers
        // HTTP/2 has no such field (RFC 9113 §8.2.2).
        if ConnectionScope.isHTTP1 { headers[.connection] = "close" }
        guard self.style.isStream, self.acceptsEventStream else {
            headers[.retryAfter] = String(seconds)
            headers[.contentType] = "application/json; charset=utf-8"
            guard !reason.isClients else {
                return Response(status: .tooManyRequests, headers: headers, body: Self.body([self.field: "Too many connections"]))
            }
            return Response(status: .serviceUnavailable, headers: headers, body: Self.body([self.field: "Service unavailable"]))
        }
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-cache, no-transform"
        let stream = "retry: \(seconds * 1000 + Int.random(in: 0...999))\n: come back later\n\n"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: stream)))
    }

    /// The client wants something else than an event stream: 406. Asked for with ``SSEConfiguration/strictAccept``.
    func notAcceptable() -> Response {
        self.respond(.notAcceptable, message: "This is an event stream; accept text/event-stream", reason: "not_acceptable")
    }

    /// A channel has as many clients as it may: 503.
    func full() -> Response {
        self.respond(.serviceUnavailable, ["message": "Channel at capacity"], reason: "channel_full", headers: [.retryAfter: "30"])
    }

    private var acceptsEventStream: Bool {
        self.request.headers[values: .accept].contains { $0.lowercased().contains("text/event-stream") }
    }

    private func respond(_ status: HTTPResponse.Status, message: String, reason: String, headers: HTTPFields = [:]) -> Response {
        self.respond(status, [self.field: message], reason: reason, headers: headers)
    }

    /// An answer in JSON.
    func respond(_ status: HTTPResponse.Status, _ body: [String: String], reason: String, headers: HTTPFields = [:]) -> Response {
        self.metrics.refused(reason)
        var fields = self.headers
        for field in headers { fields[field.name] = field.value }
        fields[.contentType] = "application/json; charset=utf-8"
        return Response(status: status, headers: fields, body: Self.body(body))
    }

    private static func body(_ body: [String: String]) -> ResponseBody {
        let text = (try? JSONText.encode(body)) ?? #"{"message":"Refused"}"#
        return ResponseBody(byteBuffer: ByteBuffer(string: text))
    }
}
