//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import NIOCore
import RealtimeCore

/// The room protocol of one connection: what its messages ask for, and what is answered.
///
/// Belongs to the connection's event loop.
final class WSRoomReceiver<User: Sendable>: WSReceiver {
    /// Whose connection it is, with what they have brought last.
    var peer: WSPeer<User>
    let rooms: WSRooms<User>
    private var rate: TokenBucket?
    private var errors: TokenBucket

    init(_ peer: WSPeer<User>, _ rooms: WSRooms<User>) {
        self.peer = peer
        self.rooms = rooms
        self.rate = rooms.configuration.messageRate.map { TokenBucket(rate: $0.perSecond, burst: $0.burst) }
        let maxErrors = rooms.configuration.maxErrors
        self.errors = TokenBucket(rate: Double(maxErrors) / 100, burst: maxErrors)
    }

    func received(_ bytes: UnsafeRawBufferPointer, _ opcode: WSOpcode, on session: WSSession) {
        if self.rate != nil, self.rate?.take(at: self.now) == false {
            return self.refuse(.rate, "Too many messages", nil, session)
        }
        guard opcode == .text else { return self.binary(bytes, session) }
        do throws(WSRequest.Problem) {
            try self.take(WSRequest(parsing: bytes, maxDepth: self.rooms.configuration.maxJSONDepth), bytes, session)
        } catch .invalidMessage(let id) {
            self.refuse(.invalidMessage, "Invalid message", id, session)
        } catch {
            self.refuse(.invalidMessage, "Invalid message", nil, session)
        }
    }

    private func take(_ request: WSRequest, _ bytes: UnsafeRawBufferPointer, _ session: WSSession) {
        switch request.type {
        case .ping: self.answer(WSFrames.pong(id: request.id), session)
        case .pong: break
        case .other("refresh") where self.rooms.tokens != nil:
            if let tokens = self.rooms.tokens { self.refresh(tokens, request, bytes, session) }
        case .other(let type): self.message(type, request, bytes, session)
        case .join, .leave, .broadcast:
            guard let room = request.room else { return self.refuse(.missingRoom, "Missing room", request.id, session) }
            guard TopicName.isValid(room, maxLength: self.rooms.configuration.maxNameLength) else {
                return self.refuse(.badName, self.rooms.badName, request.id, session)
            }
            switch request.type {
            case .join: self.join(room, request.id, session)
            case .leave: self.leave(room, request.id, session)
            default: self.broadcast(room, request, bytes, session)
            }
        }
    }

    // MARK: Answers

    func answer(_ frame: WireMessage, _ session: WSSession) {
        session.reply { $0.writeImmutableBuffer(frame.framed) }
    }

    /// Answers with an error; a client that causes too many of them is ended.
    func refuse(_ code: WSErrorCode, _ message: String, _ id: String?, _ session: WSSession) {
        guard self.errors.take(at: self.now) else { return session.end(.limit, code: .limit, "Too many errors") }
        self.answer(WSFrames.error(code, message, id: id), session)
    }

    private var now: UInt64 { self.rooms.manager.hub.clock.now().uptimeNanoseconds }
}
