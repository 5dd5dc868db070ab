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

/// What a stream's channels have to do with who it is.
extension SSEEndpoint {
    /// What a stream is opened with; `nil` for an anonymous one.
    ///
    /// - Parameter channel: the connection; `nil` where it is not known, and the context is kept.
    func grant(_ info: ConnectInfo<User>, on channel: (any Channel)?) -> ConnectionGrant? {
        guard let authentication = info.authentication else { return nil }
        let context: any RequestContext
        if let channel {
            context = BasicRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: info.context.logger))
        } else {
            context = info.context
        }
        let path = info.request.head.path
        let standing = SSEStanding(endpoint: self, id: info.id, authentication: authentication, path: path, context: context)
        return ConnectionGrant(grant: self.grant(standing), denyList: self.manager.denyList)
    }

    /// With what a stream goes on.
    private func grant(_ standing: SSEStanding<Context, User>) -> AuthorityGrant {
        AuthorityGrant(
            authority: standing.authentication.authority,
            term: standing.authentication.term(grace: self.configuration.refresh.grace) { SSEMessages.expiring(at: $0) },
            reauthorization: standing
        )
    }

    /// Asks anew about all channels of a stream, and takes away those that are denied.
    func reauthorize(_ info: ConnectInfo<User>) async {
        let channels = self.manager.channels(of: info.id)
        guard !channels.isEmpty else { return }
        let denied: [(channel: String, message: String)]
        do throws(Refused) {
            denied = try await self.access(to: channels, info, self.refusal(for: info.request)).denied
        } catch {
            // There are as many hooks running as may be.
            denied = channels.map { ($0, "Access denied to channel '\($0)'") }
        }
        for (channel, message) in denied where self.manager.unsubscribe(info.id, from: channel) {
            _ = self.manager.hub.publish(SSEMessages.unauthorized(channel, message), to: .connections([info.id]))
        }
    }

    // MARK: POST {path}/refresh

    /// Answers a request that brings another credential for an open stream: 200 `{"success":true,"expires":...}`, or `{"error":"..."}` with 400,
    /// 401, 403 (another user, or kicked) or 404.
    func refresh(_ request: Request, _ context: Context) async -> Response {
        do throws(Refused) {
            return try await self.acceptedRefresh(request, context)
        } catch {
            return error.response
        }
    }

    private func acceptedRefresh(_ request: Request, _ context: Context) async throws(Refused) -> Response {
        var refusal = self.refusal(for: request)
        refusal.field = "error"
        refusal.style = .serviceUnavailable
        let origin = OriginRequest(request, context, proxies: self.manager.limiter.trustedProxies)
        guard self.configuration.origin.allows(origin) else {
            throw Refused(response: refusal.respond(.forbidden, ["error": "This page may not do that"], reason: "origin"))
        }
        let fields: FormFields
        do {
            fields = try FormFields(request.uri.query ?? "", names: ["id"])
        } catch {
            throw Refused(response: refusal.badRequest(error.message))
        }
        guard let id = fields["id"].flatMap({ ConnectionID($0) }) else {
            throw Refused(response: refusal.badRequest("id is missing or not a connection's; it is in the event 'connected'"))
        }
        let found = try await self.admission.authentication(of: request, context, refusal)
        guard let found else { throw Refused(response: refusal.unauthorized()) }
        // A stream of another endpoint with the same manager is none of this one's.
        guard let standing = self.manager.hub.reauthorization(of: id) as? SSEStanding<Context, User>, standing.endpoint === self else {
            throw Refused(response: refusal.respond(.notFound, ["error": "No such stream"], reason: "unknown_connection"))
        }
        let before = standing.authentication
        guard found.userID != nil, found.userID == before.userID else {
            throw Refused(response: refusal.respond(.forbidden, ["error": "Not your stream"], reason: "forbidden"))
        }
        _ = self.manager.hub.renew(id, self.grant(standing.with(found.withoutResponseHeaders)))
        if self.manager.denyList.denies(found.authority) {
            // Kicked in this moment.
            self.manager.disconnect(id)
            throw Refused(response: refusal.kicked())
        }
        self.live?.renew(id, found.withoutResponseHeaders)
        if before.scopes != found.scopes {
            await self.reauthorize(ConnectInfo(id: id, authentication: found, request: request, context: context))
        }
        let expires = found.expiresAt.map { ",\"expires\":\($0.wholeSeconds)" } ?? ""
        return Response(
            status: .ok,
            headers: refusal.headers.with(.contentType, "application/json; charset=utf-8").adding(found.responseHeaders),
            body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"success":true\#(expires)}"#))
        )
    }
}
