//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// Another credential while a WebSocket is open: `{"type":"refresh","token":"..."}`.
extension WSRoomReceiver {
    private struct Refresh: Decodable {
        let token: String
    }

    func refresh(_ refresh: TokenRefresh<User>, _ request: WSRequest, _ bytes: UnsafeRawBufferPointer, _ session: WSSession) {
        let message = WSPayload(UnsafeRawBufferPointer(rebasing: bytes[request.whole]))
        guard let token = try? message.decode(as: Refresh.self).token else {
            return self.refuse(.invalidMessage, "Invalid message", request.id, session)
        }
        session.ask(self.rooms.runner, { try await refresh.resolve(token) }, then: { self.refreshed($0, request.id, session) })
    }

    private func refreshed(_ result: Result<Authentication<User>?, any Error>, _ id: String?, _ session: WSSession) {
        let found: Authentication<User>
        switch result {
        case .success(let authentication?): found = authentication
        case .success(nil): return self.refuse(.denied, "The token is not good", id, session)
        case .failure(let error):
            self.rooms.manager.hub.log.hookFailed(error, of: self.peer.id)
            return self.refuse(.denied, "The token cannot be checked now", id, session)
        }
        guard found.userID != nil, found.userID == self.peer.authentication?.userID else {
            return session.end(.kicked, code: .forbidden, "The token is another user's")
        }
        let before = self.peer.authentication?.scopes
        let peer = WSPeer(id: self.peer.id, authentication: found, request: self.peer.request)
        guard self.rooms.renew(peer, found) else { return session.end(.kicked, code: .forbidden) }
        self.peer = peer
        self.answer(WSFrames.refreshed(expires: found.expiresAt, id: id), session)
        guard before != found.scopes else { return }
        session.perform({ [rooms = self.rooms] in await rooms.reauthorize(peer) }, then: { _ in })
    }
}
