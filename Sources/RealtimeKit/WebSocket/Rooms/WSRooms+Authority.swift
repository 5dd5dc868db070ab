//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// What a connection's rooms have to do with who it is.
extension WSRooms {
    /// What a connection is opened with; `nil` for an anonymous one.
    func grant(_ peer: WSPeer<User>) -> ConnectionGrant? {
        peer.authentication.map { ConnectionGrant(grant: self.grant(peer, $0), denyList: self.manager.denyList) }
    }

    /// With what a connection goes on.
    private func grant(_ peer: WSPeer<User>, _ authentication: Authentication<User>) -> AuthorityGrant {
        AuthorityGrant(
            authority: authentication.authority,
            term: authentication.term(grace: self.configuration.refresh.grace) { WSFrames.expiring(at: $0) },
            reauthorization: WSStanding(rooms: self, peer: peer)
        )
    }

    /// A connection goes on with another credential of its user.
    ///
    /// - Returns: whether that is allowed.
    func renew(_ peer: WSPeer<User>, _ authentication: Authentication<User>) -> Bool {
        guard self.manager.hub.renew(peer.id, self.grant(peer, authentication)) else { return false }
        // Only now: whoever is kicked from here on is found by what was renewed.
        return !self.manager.denyList.denies(authentication.authority)
    }

    /// Asks anew about all rooms that a connection is in, and takes it out of those that it may not be in any more.
    func reauthorize(_ peer: WSPeer<User>) async {
        for room in self.manager.rooms(of: peer.id) {
            let decision: AccessDecision
            switch self.question(peer, joining: room) {
            case .nobody: continue
            case .unknown: decision = .deny()
            case .ask(let ask):
                do {
                    decision = try await self.runner.run(ask)
                } catch {
                    self.manager.hub.log.hookFailed(error, of: peer.id)
                    decision = .deny()
                }
            }
            guard !decision.isAllowed, self.manager.leave(peer.id, room: room) else { continue }
            let message = decision.message ?? "Access denied to room '\(room)'"
            _ = self.manager.hub.publish(WSFrames.error(.denied, message, id: nil), to: .connections([peer.id]))
        }
    }
}

/// Who has an open connection, and its rooms.
struct WSStanding<User: Sendable>: Reauthorizing {
    let rooms: WSRooms<User>
    let peer: WSPeer<User>

    func reauthorize() async { await self.rooms.reauthorize(self.peer) }
}
