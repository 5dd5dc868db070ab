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

/// What the application decides about channels.
extension SSEEndpoint {
    /// What of the channels a connection gets.
    struct ChannelAccess {
        var granted: [(name: String, heartbeat: TimeAmount?)] = []
        var denied: [(channel: String, message: String)] = []
        var headers: HTTPFields = [:]
    }

    /// Decides about channels. The hooks run side by side.
    func access(to channels: [String], _ info: ConnectInfo<User>, _ refusal: Refusal) async throws(Refused) -> ChannelAccess {
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
                throw Refused(response: refusal.temporary(.hook))
            }
            running.append((channel, rule?.options, hook))
        }
        for (channel, options, hook) in running {
            let decision: AccessDecision
            do {
                decision = try await hook.answer()
            } catch {
                self.manager.hub.log.hookFailed(error, of: info.id)
                decision = .deny()
            }
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
        _ info: ConnectInfo<User>
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
}

extension ConnectInfo {
    fileprivate func subscribing(to channel: String) -> SSESubscribeInfo<User> {
        SSESubscribeInfo(id: self.id, channel: channel, authentication: self.authentication, request: self.request, context: self.context)
    }

    /// For authorisers that are registered with the manager, which does not know the user's type.
    fileprivate func erased(for channel: String) -> SSESubscribeInfo<any Sendable> {
        SSESubscribeInfo(
            id: self.id,
            channel: channel,
            authentication: self.authentication?.erased,
            request: self.request,
            context: self.context
        )
    }
}
