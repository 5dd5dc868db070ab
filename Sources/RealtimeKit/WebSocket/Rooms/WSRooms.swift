//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// What the connections of an endpoint with rooms have in common. A class, so that each of them holds no more than a reference.
final class WSRooms<User: Sendable>: Sendable {
    let manager: WSManager
    let configuration: WSConfiguration
    let hooks: WSHooks<User>
    let runner: HookRunner
    /// What recognises another credential of an open connection; `nil` where clients cannot bring one.
    let tokens: TokenRefresh<User>?

    init(manager: WSManager, configuration: WSConfiguration, hooks: WSHooks<User>, runner: HookRunner, tokens: TokenRefresh<User>?) {
        self.manager = manager
        self.configuration = configuration
        self.hooks = hooks
        self.runner = runner
        self.tokens = tokens
    }

    /// Who has to be asked about a join.
    enum Question {
        /// There are patterns, and none matches.
        case unknown
        /// Everyone may join.
        case nobody
        case ask(@Sendable () async throws -> AccessDecision)
    }

    /// Finds out who has to be asked: the authoriser of the room's pattern, and `onJoinRoom` if that agrees.
    func question(_ peer: WSPeer<User>, joining room: String) -> Question {
        let rule: (authorize: WSRoomAuthorizer, parameters: TopicParameters)?
        switch self.manager.rules.verdict(for: room) {
        case .unknown where !self.configuration.unknownRooms.allows: return .unknown
        case .unknown, .unrestricted: rule = nil
        case .rule(let authorize, let parameters): rule = (authorize, parameters)
        }
        let onJoinRoom = self.hooks.onJoinRoom
        if rule == nil, onJoinRoom == nil { return .nobody }
        return .ask {
            if let rule {
                let decision = try await rule.authorize(WSRoomInfo(peer: peer.erased, room: room), rule.parameters).decision
                guard decision.isAllowed else { return decision }
            }
            guard let onJoinRoom else { return .allow }
            return try await onJoinRoom(WSRoomInfo(peer: peer, room: room)).decision
        }
    }

    /// What a client is told about a name that cannot be one.
    var badName: String { "A room's name is 1 to \(self.configuration.maxNameLength) bytes of UTF-8 without control characters" }
}
