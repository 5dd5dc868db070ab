//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HTTPTypes
public import NIOCore

/// Decides whether a connection may join a room; `parameters` is what the pattern matched. An error denies.
public typealias WSRoomAuthorizer = @Sendable (WSRoomInfo<any Sendable>, TopicParameters) async throws -> any AccessResult

/// Whose message it is that a hook is asked about.
public struct WSPeer<User: Sendable>: Sendable {
    /// The connection.
    public let id: ConnectionID
    /// Who it is, and how that was proved; `nil` for anonymous connections.
    public let authentication: Authentication<User>?
    /// The head of the request that opened the connection, without the fields that are about the handshake itself (`Upgrade`,
    /// `Sec-WebSocket-Key` and their like).
    public let request: HTTPRequest

    var erased: WSPeer<any Sendable> {
        WSPeer<any Sendable>(id: self.id, authentication: self.authentication?.erased, request: self.request)
    }
}

/// What every hook of an open WebSocket is told.
public protocol WSHookInfo<User>: Sendable {
    /// The application's user type.
    associatedtype User: Sendable

    /// Whose message it is.
    var peer: WSPeer<User> { get }
}

extension WSHookInfo {
    /// The connection.
    public var id: ConnectionID { self.peer.id }
    /// Who it is, and how that was proved; `nil` for anonymous connections.
    public var authentication: Authentication<User>? { self.peer.authentication }
    /// Who it is; `nil` for anonymous connections.
    public var user: User? { self.peer.authentication?.user }
    /// The id of the user, where it has one.
    public var userID: String? { self.peer.authentication?.userID }
    /// The head of the request that opened the connection, without the fields that are about the handshake itself (`Upgrade`,
    /// `Sec-WebSocket-Key` and their like).
    public var request: HTTPRequest { self.peer.request }
}

/// What `onJoinRoom`, `onLeaveRoom` and the authorisers of room patterns are asked about.
public struct WSRoomInfo<User: Sendable>: WSHookInfo {
    /// Whose wish it is.
    public let peer: WSPeer<User>
    /// The room's name, exactly as messages will be delivered under it.
    public let room: String
}

/// What `onBroadcast` is asked about.
public struct WSBroadcastInfo<User: Sendable>: WSHookInfo {
    /// Whose message it is.
    public let peer: WSPeer<User>
    /// The room that it is for.
    public let room: String
    /// The payload.
    public let payload: WSPayload
}

/// What `onMessage` is asked about: a message of a type of the application's own, such as `{"type":"rename","name":"..."}`.
public struct WSMessageInfo<User: Sendable>: WSHookInfo {
    /// Whose message it is.
    public let peer: WSPeer<User>
    /// The message's `type`.
    public let type: String
    /// The message's `room`, if it has one. Nothing has checked that the client is in it.
    public let room: String?
    /// The whole message, an object.
    public let message: WSPayload
}

/// What `onBinary` is asked about.
public struct WSBinaryInfo<User: Sendable>: WSHookInfo {
    /// Whose message it is.
    public let peer: WSPeer<User>
    /// The message.
    public let bytes: ByteBuffer
}
