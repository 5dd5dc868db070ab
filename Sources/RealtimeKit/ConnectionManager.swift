//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import RealtimeCore

/// What every manager does, whatever its connections carry: look who is there, and keep things beside them.
///
/// ``SSEManager`` and ``WSManager`` are the two there are. All of these calls need no `await` and take effect in their order.
public protocol ConnectionManager: Actor {
    /// The connections and their topics.
    nonisolated var engine: ManagerEngine { get }
}

/// The engine behind a manager. It has nothing for applications to call.
public struct ManagerEngine: Sendable {
    let hub: Hub
    let denyList: DenyList

    init(hub: Hub, denyList: DenyList) {
        self.hub = hub
        self.denyList = denyList
        denyList.watch(hub)
    }
}

extension ConnectionManager {
    nonisolated var hub: Hub { self.engine.hub }

    // MARK: Life cycle

    /// Replaces the settings; meant for `shared`, before the application starts.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration``, or ``RealtimeError/Code/alreadyServing`` after the
    ///   first connection.
    public nonisolated func configure(_ configuration: EngineConfiguration) throws(RealtimeError) {
        try self.hub.configure(configuration)
    }

    /// Ends all connections, spread over most of the grace period (``EngineConfiguration/drainGrace``), and returns when they are gone or the
    /// period is over. Every client is told to reconnect.
    public func shutdown() async {
        await self.hub.drain()
    }

    // MARK: Connections

    /// How many connections there are.
    public nonisolated var connectionCount: Int { self.hub.query { $0.connectionCount } }

    /// What is known of a connection; `nil` for an unknown one.
    public nonisolated func info(of id: ConnectionID) -> ConnectionInfo? { self.hub.query { $0.info(of: id) } }

    /// The connections of a user.
    public nonisolated func connections(ofUser userID: String) -> [ConnectionID] { self.hub.query { $0.connections(ofUser: userID) } }

    // MARK: Metadata

    /// Keeps a value beside a connection, for as long as it lasts; `nil` removes it.
    ///
    /// - Returns: whether the connection exists; nothing is kept otherwise.
    @discardableResult
    public nonisolated func setMeta(_ id: ConnectionID, key: String, value: (any Sendable)?) -> Bool {
        self.hub.setMetadata(value, forKey: key, of: id)
    }

    /// A value that is kept beside a connection; `nil` when there is none.
    public nonisolated func meta(_ id: ConnectionID, key: String) -> (any Sendable)? {
        self.hub.query { $0.metadata(of: id)?[key] }
    }

    /// A value that is kept beside a connection; `nil` when there is none or it has another type.
    public nonisolated func meta<Value: Sendable>(_ id: ConnectionID, key: String, as type: Value.Type) -> Value? {
        self.hub.query { $0.metadata(of: id)?[key, as: type] }
    }
}
