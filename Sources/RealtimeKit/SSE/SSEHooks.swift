//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What an application decides about event streams, and is told of them.
public struct SSEHooks<User: Sendable>: Sendable {
    /// Decides about a stream. A denial is answered with 403 (user known) or 401; a thrown `HTTPError` keeps its status, its message is
    /// not sent; any other error is a denial; a timeout asks the client to come back later.
    public typealias OnConnect = @Sendable (ConnectInfo<User>) async throws -> any AccessResult
    /// Decides about one channel of a stream. A denied one is reported in the stream; an error or a timeout denies.
    public typealias OnSubscribe = @Sendable (SSESubscribeInfo<User>) async throws -> any AccessResult
    /// Is told once for every connection that was accepted, whatever ended it.
    public typealias OnDisconnect = @Sendable (DisconnectInfo<User>) async -> Void

    /// See ``OnConnect``; without it every stream is allowed.
    public var onConnect: OnConnect?
    /// See ``OnSubscribe``; without it the manager's channel patterns alone decide.
    public var onSubscribe: OnSubscribe?
    /// See ``OnDisconnect``.
    public var onDisconnect: OnDisconnect?

    /// Makes hooks.
    public init(onConnect: OnConnect? = nil, onSubscribe: OnSubscribe? = nil, onDisconnect: OnDisconnect? = nil) {
        self.onConnect = onConnect
        self.onSubscribe = onSubscribe
        self.onDisconnect = onDisconnect
    }
}
