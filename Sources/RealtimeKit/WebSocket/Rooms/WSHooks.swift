//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

/// What an application decides about WebSockets with rooms, and is told of them.
///
/// The hooks of one connection run one after the other, in the order of its messages; while one runs, nothing more is read from the client.
public struct WSHooks<User: Sendable>: Sendable {
    /// Decides about a connection, before it is upgraded. A denial is answered with 403 (user known) or 401; a thrown `HTTPError` keeps its
    /// status, its message is not sent; any other error is a denial; a timeout asks the client to come back later.
    public typealias OnConnect = @Sendable (ConnectInfo<User>) async throws -> any AccessResult
    /// Decides about joining a room. A denial is answered with an error message; an error or a timeout denies.
    public typealias OnJoinRoom = @Sendable (WSRoomInfo<User>) async throws -> any AccessResult
    /// Is told that a client has left a room, at its own wish. Rooms that it was in when its connection ended are not told one by one.
    public typealias OnLeaveRoom = @Sendable (WSRoomInfo<User>) async -> Void
    /// Decides about a client's message to a room; an error or a timeout denies.
    public typealias OnBroadcast = @Sendable (WSBroadcastInfo<User>) async throws -> any AccessResult
    /// Answers a message of a type that the library does not know. The result goes to the client as JSON, with the request's `id` if it is
    /// an object, which should have no `id` of its own; `nil` is no answer. An error of decoding is answered with `invalid_message`, any other
    /// error and a timeout with `denied`.
    public typealias OnMessage = @Sendable (WSMessageInfo<User>) async throws -> (any Encodable & Sendable)?
    /// Answers a binary message; `nil` is no answer. An error is answered with `denied`.
    public typealias OnBinary = @Sendable (WSBinaryInfo<User>) async throws -> ByteBuffer?
    /// Is told once for every connection that was accepted, whatever ended it.
    public typealias OnDisconnect = @Sendable (DisconnectInfo<User>) async -> Void

    /// See ``OnConnect``; without it every connection is allowed.
    public var onConnect: OnConnect?
    /// See ``OnJoinRoom``; without it the manager's room patterns alone decide.
    public var onJoinRoom: OnJoinRoom?
    /// See ``OnLeaveRoom``.
    public var onLeaveRoom: OnLeaveRoom?
    /// See ``OnBroadcast``; without it ``WSConfiguration/broadcasts`` alone decides.
    public var onBroadcast: OnBroadcast?
    /// See ``OnMessage``; without it such messages are answered with `unknown_type`.
    public var onMessage: OnMessage?
    /// See ``OnBinary``; without it such messages are answered with `invalid_message`.
    public var onBinary: OnBinary?
    /// See ``OnDisconnect``.
    public var onDisconnect: OnDisconnect?

    /// Makes hooks.
    public init(
        onConnect: OnConnect? = nil,
        onJoinRoom: OnJoinRoom? = nil,
        onLeaveRoom: OnLeaveRoom? = nil,
        onBroadcast: OnBroadcast? = nil,
        onMessage: OnMessage? = nil,
        onBinary: OnBinary? = nil,
        onDisconnect: OnDisconnect? = nil
    ) {
        self.onConnect = onConnect
        self.onJoinRoom = onJoinRoom
        self.onLeaveRoom = onLeaveRoom
        self.onBroadcast = onBroadcast
        self.onMessage = onMessage
        self.onBinary = onBinary
        self.onDisconnect = onDisconnect
    }
}
