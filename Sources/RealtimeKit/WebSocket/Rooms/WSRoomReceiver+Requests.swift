//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import NIOCore
import RealtimeCore

/// What clients ask for, one kind after the other.
extension WSRoomReceiver {
    private var hub: Hub { self.rooms.manager.hub }

    // MARK: Rooms

    func join(_ room: String, _ id: String?, _ session: WSSession) {
        let (isMember, count) = self.hub.query { [id = self.peer.id] in ($0.isMember(id, of: room), $0.topicCount(of: id)) }
        if isMember { return self.answer(WSFrames.joined(room, id: id), session) }
        // Nobody needs to be asked about a room too many.
        guard count < self.rooms.configuration.maxRooms else { return self.refuseTooMany(id, session) }
        let question: (@Sendable () async throws -> AccessDecision)?
        switch self.rooms.question(self.peer, joining: room) {
        case .unknown: return self.deny(nil, room, id, session)
        case .nobody: question = nil
        case .ask(let ask): question = ask
        }
        guard let question else { return self.enter(room, id, session) }
        session.ask(
            self.rooms.runner,
            question,
            then: { result in
                let decision = self.decision(result)
                if decision.isAllowed { self.enter(room, id, session) } else { self.deny(decision.message, room, id, session) }
            }
        )
    }

    private func enter(_ room: String, _ id: String?, _ session: WSSession) {
        guard session.isOpen else { return }
        switch self.hub.subscribe(self.peer.id, to: room, heartbeat: nil, notice: nil, atMost: self.rooms.configuration.maxRooms) {
        // Sent before the loop gets to the room's messages.
        case .done: self.answer(WSFrames.joined(room, id: id), session)
        case .tooMany: self.refuseTooMany(id, session)
        case .unknownConnection: break
        }
    }

    private func refuseTooMany(_ id: String?, _ session: WSSession) {
        self.refuse(.limit, "At most \(self.rooms.configuration.maxRooms) rooms", id, session)
    }

    private func deny(_ message: String?, _ room: String, _ id: String?, _ session: WSSession) {
        self.refuse(.denied, message ?? "Access denied to room '\(room)'", id, session)
    }

    func leave(_ room: String, _ id: String?, _ session: WSSession) {
        guard let loop = session.connection?.shard.loop else { return }
        var wasMember = false
        // What was sent to the room before is still to come: the client is told behind it, and its next message is read then.
        let release = session.hold {
            self.answer(WSFrames.left(room, id: id), session)
            if wasMember { self.didLeave(room, session) }
        }
        wasMember = self.hub.unsubscribe(self.peer.id, from: room, notice: nil, done: release)
        if !wasMember { loop.execute(release) }
    }

    private func didLeave(_ room: String, _ session: WSSession) {
        guard let onLeaveRoom = self.rooms.hooks.onLeaveRoom else { return }
        let info = WSRoomInfo(peer: self.peer, room: room)
        session.ask(self.rooms.runner, { await onLeaveRoom(info) }, then: { _ in })
    }

    // MARK: Messages

    func broadcast(_ room: String, _ request: WSRequest, _ bytes: UnsafeRawBufferPointer, _ session: WSSession) {
        switch self.rooms.configuration.broadcasts {
        case .disabled: return self.refuse(.denied, "Clients do not broadcast here", request.id, session)
        case .members where !self.hub.query({ [id = self.peer.id] in $0.isMember(id, of: room) }):
            return self.refuse(.notMember, "Not a member of room '\(room)'", request.id, session)
        default: break
        }
        let payload = request.payload.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
        let message = WSFrames.message(in: room, from: self.peer.id, payload: payload)
        let send = { [hub = self.hub, id = self.peer.id] in
            _ = hub.publish(message, to: .topic(room), excluding: [id], maxDeflated: WSSession.maxCompressed)
        }
        guard let onBroadcast = self.rooms.hooks.onBroadcast else { return send() }
        let info = WSBroadcastInfo(peer: self.peer, room: room, payload: payload.map { WSPayload($0) } ?? .null)
        session.ask(
            self.rooms.runner,
            { try await onBroadcast(info).decision },
            then: { result in
                let decision = self.decision(result)
                guard decision.isAllowed else {
                    return self.refuse(.denied, decision.message ?? "Broadcast denied in room '\(room)'", request.id, session)
                }
                send()
            }
        )
    }

    func message(_ type: String, _ request: WSRequest, _ bytes: UnsafeRawBufferPointer, _ session: WSSession) {
        guard let onMessage = self.rooms.hooks.onMessage else {
            return self.refuse(.unknownType, "Unknown type: \(String(type.unicodeScalars.prefix(Self.maxEcho)))", request.id, session)
        }
        let message = WSPayload(UnsafeRawBufferPointer(rebasing: bytes[request.whole]))
        let info = WSMessageInfo(peer: self.peer, type: type, room: request.room, message: message)
        session.ask(
            self.rooms.runner,
            { try await onMessage(info).map { try JSONText.encode($0) } },
            then: { result in
                switch result {
                case .success(nil): break
                case .success(let json?): session.reply(.text, WSFrames.answer(json, id: request.id).payload)
                case .failure(is DecodingError): self.refuse(.invalidMessage, "Invalid message", request.id, session)
                case .failure(let error): self.failed(error, request.id, session)
                }
            }
        )
    }

    func binary(_ bytes: UnsafeRawBufferPointer, _ session: WSSession) {
        guard let onBinary = self.rooms.hooks.onBinary else { return self.refuse(.invalidMessage, "Invalid message", nil, session) }
        let info = WSBinaryInfo(peer: self.peer, bytes: ByteBuffer(bytes: bytes))
        session.ask(
            self.rooms.runner,
            { try await onBinary(info) },
            then: { result in
                switch result {
                case .success(nil): break
                case .success(let bytes?): session.reply(.binary, bytes)
                case .failure(let error): self.failed(error, nil, session)
                }
            }
        )
    }

    /// What a hook has decided; one that threw has denied.
    private func decision(_ result: Result<AccessDecision, any Error>) -> AccessDecision {
        switch result {
        case .success(let decision): return decision
        case .failure(let error):
            self.hub.log.hookFailed(error, of: self.peer.id)
            return .deny()
        }
    }

    private func failed(_ error: any Error, _ id: String?, _ session: WSSession) {
        self.hub.log.hookFailed(error, of: self.peer.id)
        self.refuse(.denied, "Request denied", id, session)
    }

    /// How much of a client's own words is said back to it, in Unicode scalars: a character may have any number of them.
    private static var maxEcho: Int { 64 }
}
