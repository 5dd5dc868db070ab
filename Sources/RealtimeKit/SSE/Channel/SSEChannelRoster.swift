//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// Who is on an ``SSEChannel`` under which name, and whether one more may be.
///
/// A place is reserved when a request is answered, and taken when its connection is registered, because a middleware may still replace the
/// response in between.
struct SSEChannelRoster {
    let maxClients: Int?

    private var connections: [String: ConnectionID] = [:]
    private var names: [ConnectionID: String] = [:]
    /// The places that are reserved, by the name of the client.
    private var reserved: [String: Int] = [:]
    private var reservedCount = 0
    /// Whether nobody may come any more.
    private(set) var isRetired = false

    init(maxClients: Int?) {
        self.maxClients = maxClients
    }

    /// Whether nobody more may be on the channel.
    var isFull: Bool { self.maxClients.map { self.names.count + self.reservedCount >= $0 } ?? false }
    /// How many are on it.
    var count: Int { self.names.count }

    func connection(of clientID: String) -> ConnectionID? { self.connections[clientID] }

    func clientID(of connection: ConnectionID) -> String? { self.names[connection] }

    enum Reservation: Equatable {
        case reserved
        case full
        /// Somebody of that name is there, and was not to be replaced.
        case duplicate
        /// The channel has been removed from its manager.
        case retired
    }

    /// Somebody wants to be on the channel.
    ///
    /// - Parameter replaces: whether he takes the place of another one of his name.
    mutating func reserve(_ clientID: String, replaces: Bool) -> Reservation {
        if self.isRetired { return .retired }
        let isThere = self.connections[clientID] != nil || self.reserved[clientID] != nil
        if isThere, !replaces { return .duplicate }
        // Whoever takes another's place needs none of his own.
        if self.isFull, self.connections[clientID] == nil { return .full }
        self.reserved[clientID, default: 0] += 1
        self.reservedCount += 1
        return .reserved
    }

    /// A reserved place is not needed.
    mutating func cancel(_ clientID: String) {
        guard let count = self.reserved[clientID] else { return }
        self.reserved[clientID] = count > 1 ? count - 1 : nil
        self.reservedCount -= 1
    }

    /// A reserved place is taken.
    ///
    /// - Returns: the connection whose place it was, which has to be ended.
    mutating func occupy(_ clientID: String, with connection: ConnectionID) -> ConnectionID? {
        self.cancel(clientID)
        let replaced = self.connections.updateValue(connection, forKey: clientID)
        if let replaced { self.names[replaced] = nil }
        self.names[connection] = clientID
        return replaced
    }

    /// A connection is gone. One that was replaced takes nothing from its successor.
    mutating func leave(_ connection: ConnectionID) {
        guard let clientID = self.names.removeValue(forKey: connection) else { return }
        self.connections[clientID] = nil
    }

    /// Nobody may come any more.
    ///
    /// - Parameter onlyIfEmpty: whether that is refused while somebody is there or about to come.
    /// - Returns: whether it holds now.
    mutating func retire(onlyIfEmpty: Bool = false) -> Bool {
        if onlyIfEmpty, !self.names.isEmpty || self.reservedCount > 0 { return false }
        self.isRetired = true
        return true
    }
}
