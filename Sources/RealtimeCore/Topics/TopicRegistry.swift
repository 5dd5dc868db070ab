//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Names a topic inside the engine for as long as it has members.
package struct TopicID: Hashable, Sendable {
    /// The topic that every connection belongs to.
    package static let all = TopicID(number: 0)

    package let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }
}

/// Who is connected and who is subscribed to what: the truth that counts, lists and broadcasts are answered from.
///
/// A topic exists exactly as long as it has members, metadata exactly as long as its connection.
package struct TopicRegistry<Handle: Sendable>: Sendable {
    private struct Entry {
        let handle: Handle
        let shard: Int
        let userID: String?
        let connectedAt: Date
        var topics: [String]
        var metadata: ConnectionMetadata
    }

    private struct Topic {
        let id: TopicID
        var members: Set<ConnectionID> = []
        /// How many members each shard has.
        var perShard: [Int] = []
    }

    private var connections: [ConnectionID: Entry] = [:]
    private var topics: [String: Topic] = [:]
    private var users: [String: Set<ConnectionID>] = [:]
    private var connectionsPerShard: [Int] = []
    private var lastTopicNumber = TopicID.all.number

    package init() {}

    // MARK: Changes

    /// Adds a connection with its first topics.
    ///
    /// - Returns: the ids of the topics, in order.
    package mutating func insert(
        _ id: ConnectionID,
        handle: Handle,
        shard: Int,
        userID: String?,
        connectedAt: Date,
        metadata: ConnectionMetadata,
        topics: [String]
    ) -> [TopicID] {
        // An id that comes twice belongs to the newer connection.
        self.remove(id)
        self.connections[id] = Entry(
            handle: handle,
            shard: shard,
            userID: userID,
            connectedAt: connectedAt,
            topics: topics,
            metadata: metadata
        )
        if let userID { self.users[userID, default: []].insert(id) }
        Self.add(1, to: shard, of: &self.connectionsPerShard)
        return topics.map { self.join(id, shard: shard, topic: $0) }
    }

    /// Removes a connection with everything that belongs to it.
    ///
    /// - Returns: its handle; `nil` when it was not known.
    @discardableResult
    package mutating func remove(_ id: ConnectionID) -> Handle? {
        guard let entry = self.connections.removeValue(forKey: id) else { return nil }
        for topic in entry.topics { _ = self.part(id, shard: entry.shard, topic: topic) }
        if let userID = entry.userID {
            self.users[userID]?.remove(id)
            if self.users[userID]?.isEmpty == true { self.users[userID] = nil }
        }
        Self.add(-1, to: entry.shard, of: &self.connectionsPerShard)
        return entry.handle
    }

    package enum SubscribeResult {
        case unknownConnection
        case alreadyMember
        /// The connection has as many topics as it may.
        case tooMany
        case subscribed(Handle, shard: Int, TopicID)
    }

    /// Adds a member to a topic.
    ///
    /// - Parameter limit: the most topics that the connection may have.
    package mutating func subscribe(_ id: ConnectionID, to topic: String, atMost limit: Int = .max) -> SubscribeResult {
        guard let entry = self.connections[id] else { return .unknownConnection }
        guard self.topics[topic]?.members.contains(id) != true else { return .alreadyMember }
        guard entry.topics.count < limit else { return .tooMany }
        self.connections[id]?.topics.append(topic)
        return .subscribed(entry.handle, shard: entry.shard, self.join(id, shard: entry.shard, topic: topic))
    }

    package enum UnsubscribeResult {
        case notMember
        case unsubscribed(Handle, shard: Int, TopicID)
    }

    /// Takes a member from a topic; the last one takes the topic with it.
    package mutating func unsubscribe(_ id: ConnectionID, from topic: String) -> UnsubscribeResult {
        guard let entry = self.connections[id], let topicID = self.part(id, shard: entry.shard, topic: topic) else { return .notMember }
        self.connections[id]?.topics.removeAll { $0 == topic }
        return .unsubscribed(entry.handle, shard: entry.shard, topicID)
    }

    /// Changes the metadata of a connection.
    ///
    /// - Returns: whether the connection is known; nothing is kept otherwise.
    package mutating func setMetadata(_ value: (any Sendable)?, forKey key: String, of id: ConnectionID) -> Bool {
        guard self.connections[id] != nil else { return false }
        self.connections[id]?.metadata[key] = value
        return true
    }

    // MARK: Questions

    /// Who a message for a topic goes to.
    package struct Audience {
        /// The topic.
        package let id: TopicID
        /// How many members each shard has, the excluded ones included.
        package let perShard: [Int]
        /// The members that are left out.
        package let excluded: [(handle: Handle, shard: Int)]
    }

    /// Who a message for a topic goes to; `nil` when the topic has no members.
    package func audience(of topic: String, excluding: [ConnectionID]) -> Audience? {
        guard let topic = self.topics[topic] else { return nil }
        return Audience(id: topic.id, perShard: topic.perShard, excluded: self.entries(of: excluding, amongst: topic.members))
    }

    /// Everyone; `nil` when nobody is connected.
    package func everyone(excluding: [ConnectionID]) -> Audience? {
        guard !self.connections.isEmpty else { return nil }
        return Audience(id: .all, perShard: self.connectionsPerShard, excluded: self.entries(of: excluding, amongst: nil))
    }

    /// The connection behind an id.
    package func handle(of id: ConnectionID) -> (handle: Handle, shard: Int)? {
        self.connections[id].map { ($0.handle, $0.shard) }
    }

    /// What filters decide on.
    package func info(of id: ConnectionID) -> ConnectionInfo? {
        self.connections[id].map {
            ConnectionInfo(id: id, userID: $0.userID, metadata: $0.metadata, connectedAt: $0.connectedAt)
        }
    }

    /// All connections.
    package var connectionIDs: [ConnectionID] { Array(self.connections.keys) }
    /// How many connections there are.
    package var connectionCount: Int { self.connections.count }
    /// The topics that have members.
    package var topicNames: [String] { Array(self.topics.keys) }
    /// How many members each topic has.
    package var memberCounts: [String: Int] { self.topics.mapValues(\.members.count) }

    /// The members of a topic; empty when it has none.
    package func members(of topic: String) -> [ConnectionID] { self.topics[topic].map { Array($0.members) } ?? [] }

    /// How many members a topic has.
    package func memberCount(of topic: String) -> Int { self.topics[topic]?.members.count ?? 0 }

    /// The topics of a connection, in the order of their subscription.
    package func isMember(_ id: ConnectionID, of topic: String) -> Bool { self.topics[topic]?.members.contains(id) ?? false }

    package func topicCount(of id: ConnectionID) -> Int { self.connections[id]?.topics.count ?? 0 }

    package func topics(of id: ConnectionID) -> [String] { self.connections[id]?.topics ?? [] }

    /// The connections of a user.
    package func connections(ofUser userID: String) -> [ConnectionID] { self.users[userID].map(Array.init) ?? [] }

    /// The metadata of a connection.
    package func metadata(of id: ConnectionID) -> ConnectionMetadata? { self.connections[id]?.metadata }

    // MARK: Topics

    private mutating func join(_ id: ConnectionID, shard: Int, topic name: String) -> TopicID {
        var topic = self.topics.removeValue(forKey: name) ?? self.makeTopic()
        if topic.members.insert(id).inserted { Self.add(1, to: shard, of: &topic.perShard) }
        self.topics[name] = topic
        return topic.id
    }

    private mutating func part(_ id: ConnectionID, shard: Int, topic name: String) -> TopicID? {
        guard self.topics[name]?.members.contains(id) == true, var topic = self.topics.removeValue(forKey: name) else { return nil }
        topic.members.remove(id)
        Self.add(-1, to: shard, of: &topic.perShard)
        if !topic.members.isEmpty { self.topics[name] = topic }
        return topic.id
    }

    private mutating func makeTopic() -> Topic {
        self.lastTopicNumber += 1
        return Topic(id: TopicID(number: self.lastTopicNumber))
    }

    private func entries(of ids: [ConnectionID], amongst members: Set<ConnectionID>?) -> [(handle: Handle, shard: Int)] {
        guard !ids.isEmpty else { return [] }
        return Set(ids).compactMap { id in
            guard members?.contains(id) != false else { return nil }
            return self.handle(of: id)
        }
    }

    private static func add(_ change: Int, to shard: Int, of counts: inout [Int]) {
        while counts.count <= shard { counts.append(0) }
        counts[shard] += change
    }
}
