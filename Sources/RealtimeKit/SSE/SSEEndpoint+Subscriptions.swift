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

/// Changes of the channels of an open stream, asked for by its client.
extension SSEEndpoint {
    /// What is asked for.
    enum SubscriptionAction: String, CaseIterable {
        case subscribe
        case unsubscribe
        case refresh
    }

    /// What may be asked for.
    var actions: [SubscriptionAction] {
        (self.live == nil ? [] : [.subscribe, .unsubscribe]) + (self.refreshes ? [.refresh] : [])
    }

    /// What the path of a request asks for; `nil` when it is the stream's own, or changes are not allowed.
    func action(of request: Request) -> SubscriptionAction? {
        self.actions.first { request.uri.path.hasSuffix("/\($0.rawValue)") }
    }

    /// Answers POST `{path}/subscribe` and `{path}/unsubscribe`: 200 `{"success":true}`, or `{"error":"..."}` with 400 (the request is wrong), 401
    /// (a credential is not good), 403 (not allowed), 404 (no such stream).
    func changeSubscription(_ request: Request, _ context: Context, _ action: SubscriptionAction) async -> Response {
        do throws(Refused) {
            return try await self.acceptedChange(request, context, action)
        } catch {
            return error.response
        }
    }

    private func acceptedChange(
        _ request: Request,
        _ context: Context,
        _ action: SubscriptionAction
    ) async throws(Refused) -> Response {
        var refusal = self.refusal(for: request)
        refusal.field = "error"
        refusal.style = .serviceUnavailable
        let refused = { [refusal] (status: HTTPResponse.Status, message: String, reason: String) -> Refused in
            Refused(response: refusal.respond(status, ["error": message], reason: reason))
        }
        let origin = OriginRequest(request, context, proxies: self.manager.limiter.trustedProxies)
        guard self.configuration.origin.allows(origin) else { throw refused(.forbidden, "This page may not do that", "origin") }
        let (change, request) = try await self.change(in: request, refused)
        guard let ticket = self.live?.ticket(of: change.id) else { throw refused(.notFound, "No such stream", "unknown_connection") }

        let authentication = try await self.admission.authentication(of: request, context, refusal)
        let isOwner = authentication?.userID != nil && authentication?.userID == ticket.authentication?.userID
        let hasKey = change.key.map { ticket.isKey($0) } ?? false
        // Whoever knows the key and is somebody else by his own account is not the stream's client. Users without an id cannot be told apart.
        let isSomebodyElse = authentication != nil && authentication?.userID != ticket.authentication?.userID
        guard isOwner || (hasKey && !isSomebodyElse) else { throw refused(.forbidden, "Not your stream", "forbidden") }

        switch action {
        case .refresh: break
        case .unsubscribe:
            self.manager.unsubscribe(change.id, from: change.channel)
        case .subscribe:
            let info = ConnectInfo(id: change.id, authentication: ticket.authentication, request: request, context: context)
            let access = try await self.access(to: [change.channel], info, refusal)
            if let denied = access.denied.first { throw refused(.forbidden, denied.message, "forbidden") }
            switch self.manager.subscribe(change.id, to: change.channel, atMost: self.configuration.maxChannelsPerConnection) {
            case .done: break
            case .unknownConnection: throw refused(.notFound, "No such stream", "unknown_connection")
            case .tooMany:
                throw refused(.badRequest, "at most \(self.configuration.maxChannelsPerConnection) channels are accepted", "bad_request")
            }
        }
        return Response(
            status: .ok,
            headers: refusal.headers.with(.contentType, "application/json; charset=utf-8").adding(authentication?.responseHeaders),
            body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"success":true}"#))
        )
    }

    private func change(
        in request: Request,
        _ refused: (HTTPResponse.Status, String, String) -> Refused
    ) async throws(Refused) -> (SSESubscriptionChange, Request) {
        var request = request
        do {
            let change = try await SSESubscriptionChange(&request, maxNameLength: self.configuration.maxNameLength)
            return (change, request)
        } catch let error as RealtimeError {
            throw refused(.badRequest, error.message, "bad_request")
        } catch is NIOTooManyBytesError {
            throw refused(.contentTooLarge, "the body is too large; at most \(SSESubscriptionChange.maxBody) bytes are accepted", "bad_request")
        } catch let error as HTTPError {
            throw refused(error.status, "the body could not be read", "bad_request")
        } catch {
            // Where the next request would begin is not known either.
            var response = refused(.badRequest, "the body could not be read", "bad_request").response
            if ConnectionScope.isHTTP1 { response.headers[.connection] = "close" }
            throw Refused(response: response)
        }
    }
}
