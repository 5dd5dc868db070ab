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

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// From a request to a stream: who is it, may it connect, may it have its channels.
extension SSEPlugin {
    func openStream(_ request: Request, _ context: Context) async -> Response {
        let refusal = SSERefusal(configuration: self.configuration, request: request, metrics: self.manager.hub.metrics)
        if self.configuration.strictAccept, !AcceptField(request.headers[values: .accept]).allowsEventStream { return refusal.notAcceptable() }
        if self.manager.hub.isDraining { return refusal.temporary(.draining) }

        let channels: [String]
        do {
            let query = try SSEChannelQuery(
                query: request.uri.query,
                maxChannels: self.configuration.maxChannelsPerConnection,
                maxNameLength: self.configuration.maxNameLength
            )
            channels = query.channels
        } catch {
            return refusal.badRequest(error.message)
        }
        if channels.isEmpty, self.configuration.requireChannels {
            return refusal.badRequest("no channel is asked for; name one with ?channel=name or several with ?channels=a,b")
        }

        let authentication: Authentication<User>?
        switch await self.authentication(request, context) {
        case .success(.none): authentication = nil
        case .success(.user(let found)): authentication = found
        case .success(.rejected): return refusal.unauthorized()
        case .failure(.status(let error)): return refusal.failed(error)
        case .failure(.temporary): return refusal.temporary(.authentication)
        }

        let info = SSEConnectInfo(id: ConnectionID(), authentication: authentication, request: request, context: context)
        if let onConnect = self.hooks.onConnect {
            switch await self.decision({ try await onConnect(info) }) {
            case .success(let decision):
                if !decision.isAllowed { return refusal.denied(decision.message, isAuthenticated: authentication != nil) }
            case .failure(.status(let error)): return refusal.failed(error)
            case .failure(.temporary): return refusal.temporary(.hook)
            }
        }

        if request.method == .head { return self.headResponse(to: request) }

        guard let access = await self.access(to: channels, info) else { return refusal.temporary(.hook) }
        if self.configuration.denyStreamIfNoChannelGranted, !channels.isEmpty, access.granted.isEmpty {
            return refusal.denied(access.denied.first?.message, isAuthenticated: authentication != nil)
        }
        return self.stream(info, access)
    }

    // MARK: Hooks

    /// Why there is no answer to act on.
    private enum HookProblem: Error {
        /// The hook threw an error with a status of its own.
        case status(HTTPError)
        /// The client may try again.
        case temporary
    }

    private func authentication(_ request: Request, _ context: Context) async -> Result<AuthOutcome<User>, HookProblem> {
        do {
            return .success(try await self.runner.run { try await self.authenticate(request, context) })
        } catch let error as HTTPError {
            return .failure(.status(error))
        } catch {
            self.log(error, "resolveUser failed", context)
            return .failure(.temporary)
        }
    }

    private func decision(_ hook: @escaping @Sendable () async throws -> any AccessResult) async -> Result<AccessDecision, HookProblem> {
        do {
            return .success(try await self.runner.run(hook).decision)
        } catch let error as HTTPError {
            return .failure(.status(error))
        } catch is HookFailure {
            return .failure(.temporary)
        } catch {
            return .success(.deny())
        }
    }

    private func log(_ error: any Error, _ message: Logger.Message, _ context: Context) {
        // The type only: an error's text may hold what was asked of a store, credentials included.
        context.logger.warning(message, metadata: ["rt.error": "\(type(of: error))"])
    }

    // MARK: Channels

    /// What of the channels a connection gets.
    struct ChannelAccess {
        var granted: [(name: String, heartbeat: TimeAmount?)] = []
        var denied: [(channel: String, message: String)] = []
        var headers: HTTPFields = [:]
    }

    /// Decides about all channels; `nil` when there are too many hooks running. The hooks run side by side.
    private func access(to channels: [String], _ info: SSEConnectInfo<User>) async -> ChannelAccess? {
        var access = ChannelAccess()
        var running: [(channel: String, options: SSEChannelOptions?, hook: RunningHook<AccessDecision>)] = []
        for channel in channels {
            let rule: (options: SSEChannelOptions, parameters: TopicParameters)?
            switch self.manager.rules.verdict(for: channel) {
            case .unknown where !self.configuration.unknownChannels.allows:
                access.denied.append((channel, Self.denialMessage(channel)))
                continue
            case .unknown, .unrestricted: rule = nil
            case .rule(let options, let parameters): rule = (options, parameters)
            }
            guard let hook = try? self.startHooks(channel, rule, info) else {
                for started in running { started.hook.task.cancel() }
                return nil
            }
            running.append((channel, rule?.options, hook))
        }
        for (channel, options, hook) in running {
            let decision = (try? await hook.answer()) ?? .deny()
            if decision.isAllowed {
                access.granted.append((channel, options?.heartbeat.map { TimeAmount($0) }))
                for field in options?.headers ?? [:] { access.headers[field.name] = field.value }
            } else {
                access.denied.append((channel, decision.message ?? Self.denialMessage(channel)))
            }
        }
        return access
    }

    /// Starts what decides about one channel: its pattern's authoriser, and `onSubscribe` if that agrees.
    private func startHooks(
        _ channel: String,
        _ rule: (options: SSEChannelOptions, parameters: TopicParameters)?,
        _ info: SSEConnectInfo<User>
    ) throws(HookFailure) -> RunningHook<AccessDecision> {
        let authorize = rule?.options.authorize
        let onSubscribe = self.hooks.onSubscribe
        return try self.runner.start {
            if let authorize, let rule {
                let decision = try await authorize(info.erased(for: channel), rule.parameters).decision
                guard decision.isAllowed else { return decision }
            }
            guard let onSubscribe else { return .allow }
            return try await onSubscribe(info.subscribing(to: channel)).decision
        }
    }

    private static func denialMessage(_ channel: String) -> String { "Access denied to channel '\(channel)'" }

    // MARK: Stream

    /// The headers that GET would get (RFC 9110 §9.3.2). They name no length, where the server is known to write no last chunk then.
    private func headResponse(to request: Request) -> Response {
        let headers = self.headers(for: request)
        guard ConnectionScope.current != nil else { return Response(status: .ok, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody { writer in try await writer.finish(nil) })
    }

    private func headers(for request: Request, _ more: HTTPFields = [:]) -> HTTPFields {
        var headers = HTTPFields.eventStream
        for field in self.configuration.cors.headers(for: request) { headers[field.name] = field.value }
        for field in more { headers[field.name] = field.value }
        for field in self.configuration.headers { headers[field.name] = field.value }
        return headers
    }

    private func stream(_ info: SSEConnectInfo<User>, _ access: ChannelAccess) -> Response {
        let greeting = SSEMessages.greeting(
            id: info.id,
            granted: access.granted.map(\.name),
            denied: access.denied,
            isAuthenticated: info.authentication != nil,
            retry: self.configuration.retry
        )
        let onDisconnect = self.hooks.onDisconnect
        let stream = SSEStream(
            id: info.id,
            userID: info.authentication?.userID,
            hub: self.manager.hub,
            topics: access.granted,
            greeting: greeting,
            heartbeat: self.heartbeat,
            channel: ConnectionScope.channel(of: info.context),
            logger: info.context.logger,
            fallbackNotice: self.fallbackNotice
        ) { [authentication = info.authentication, id = info.id, runner = self.runner] connectedAt, reason in
            guard let onDisconnect else { return }
            let info = SSEDisconnectInfo(id: id, authentication: authentication, connectedAt: connectedAt, reason: reason)
            runner.runDetached { await onDisconnect(info) }
        }
        return Response(
            status: .ok,
            headers: self.headers(for: info.request, access.headers),
            body: ResponseBody { writer in try await stream.run(&writer) }
        )
    }
}

extension SSEConnectInfo {
    fileprivate func subscribing(to channel: String) -> SSESubscribeInfo<User> {
        SSESubscribeInfo(id: self.id, channel: channel, authentication: self.authentication, request: self.request, context: self.context)
    }

    /// For authorisers that are registered with the manager, which does not know the user's type.
    fileprivate func erased(for channel: String) -> SSESubscribeInfo<any Sendable> {
        let erased = self.authentication.map {
            Authentication<any Sendable>(
                user: $0.user,
                userID: $0.userID,
                method: $0.method,
                isAmbient: $0.isAmbient,
                expiresAt: $0.expiresAt
            )
        }
        return SSESubscribeInfo(id: self.id, channel: channel, authentication: erased, request: self.request, context: self.context)
    }
}
