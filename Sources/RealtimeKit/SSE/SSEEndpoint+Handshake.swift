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

/// From a request to a stream: who is it, may it connect, may it have its channels.
extension SSEEndpoint {
    func openStream(_ request: Request, _ context: Context) async -> Response {
        do throws(Refused) {
            return try await self.acceptedStream(request, context)
        } catch {
            return error.response
        }
    }

    private func acceptedStream(_ request: Request, _ context: Context) async throws(Refused) -> Response {
        let refusal = self.refusal(for: request)
        if self.configuration.strictAccept, !AcceptField(request.headers[values: .accept]).allowsEventStream {
            throw Refused(response: refusal.notAcceptable())
        }
        let channel = ConnectionScope.channel(of: context)
        let seat = try self.admission.seat(for: request, context, refusal)
        let channels = try self.channels(of: request, refusal)
        let info = try await self.admission.admit(request, context, seat, refusal)
        if request.method == .head { return .eventStreamHead(self.headers(for: request).adding(info.responseHeaders)) }
        let access = try await self.access(to: channels, info, refusal)
        if self.configuration.denyStreamIfNoChannelGranted, !channels.isEmpty, access.granted.isEmpty {
            throw Refused(response: refusal.denied(access.denied.first?.message, isAuthenticated: info.authentication != nil))
        }
        return self.stream(info, access, on: channel, seat)
    }

    func refusal(for request: Request) -> Refusal {
        Refusal(
            request: request,
            metrics: self.manager.hub.metrics,
            headers: self.configuration.cors.headers(for: request),
            style: self.configuration.temporaryRefusal
        )
    }

    private func channels(of request: Request, _ refusal: Refusal) throws(Refused) -> [String] {
        let channels: [String]
        do {
            let query = try SSEChannelQuery(
                query: request.uri.query,
                maxChannels: self.configuration.maxChannelsPerConnection,
                maxNameLength: self.configuration.maxNameLength
            )
            channels = query.channels
        } catch {
            throw Refused(response: refusal.badRequest(error.message))
        }
        if channels.isEmpty, self.configuration.requireChannels {
            let message = "no channel is asked for; name one with ?channel=name or several with ?channels=a,b"
            throw Refused(response: refusal.badRequest(message))
        }
        return channels
    }

    // MARK: Stream

    private func headers(for request: Request, _ more: HTTPFields = [:]) -> HTTPFields {
        HTTPFields.eventStream.merging(self.configuration.cors.headers(for: request)).merging(more).merging(self.configuration.headers)
    }

    private func stream(
        _ info: ConnectInfo<User>,
        _ access: ChannelAccess,
        on channel: (any Channel)?,
        _ seat: ConnectionSeat?
    ) -> Response {
        let ticket = self.live?.makeTicket(info.id, info.authentication)
        let greeting = SSEMessages.greeting(
            id: info.id,
            granted: access.granted.map(\.name),
            denied: access.denied,
            isAuthenticated: info.authentication != nil,
            retry: self.configuration.retry,
            key: ticket?.key
        )
        let onDisconnect = self.hooks.onDisconnect
        let stream = SSEStream(
            id: info.id,
            userID: info.authentication?.userID,
            hub: self.manager.hub,
            topics: access.granted,
            greeting: greeting,
            heartbeat: self.heartbeat,
            channel: channel,
            logger: info.context.logger,
            fallbackNotice: self.fallbackNotice,
            seat: seat,
            lifetime: self.configuration.maxConnectionAge.map { TimeAmount($0) },
            grant: self.grant(info, on: channel),
            willOpen: { [live = self.live] in
                if let ticket { live?.add(ticket) }
            },
            onClose: { [authentication = info.authentication, id = info.id, runner = self.runner, live = self.live] connectedAt, reason in
                live?.remove(id)
                guard let onDisconnect else { return }
                let info = DisconnectInfo(id: id, authentication: authentication, connectedAt: connectedAt, reason: reason)
                runner.runDetached { await onDisconnect(info) }
            }
        )
        return Response(
            status: .ok,
            headers: self.headers(for: info.request, access.headers).adding(info.responseHeaders),
            body: ResponseBody { writer in try await stream.run(&writer) }
        )
    }
}
