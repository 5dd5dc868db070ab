//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RealtimeCore
import Testing

/// A registry and the plainest thing that gives the same answers, under the same random changes.
struct TopicRegistryModel {
    private struct Entry {
        let id: ConnectionID
        let handle: Int
        let shard: Int
        let user: String?
        var topics: [String]
        var note: Int?
    }

    private static let topics = ["posts", "news", "users/5", "é", "x"]
    private static let users: [String?] = ["u", "v", nil]
    private static let shards = 3

    private(set) var registry = TopicRegistry<Int>()
    private var random: SeededGenerator
    private var entries: [Entry] = []
    private let ids: [ConnectionID]
    private var lastHandle = 0
    /// The ids of the topics that have members now, and all ids that were ever given.
    private var topicIDs: [String: TopicID] = [:]
    private var usedTopicIDs: Set<TopicID> = [.all]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        self.ids = (0..<12).compactMap { _ in ConnectionID(Self.hexadecimal(random.next()) + Self.hexadecimal(random.next())) }
        self.random = random
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: Changes

    /// Does one random thing to both.
    mutating func step() {
        let id = self.ids[self.random.number(0..<self.ids.count)]
        let topic = Self.topics[self.random.number(0..<Self.topics.count)]
        switch self.random.number(0..<10) {
        case 0..<3: self.insert(id)
        case 3: self.remove(id)
        case 4..<7: self.subscribe(id, topic)
        case 7..<9: self.unsubscribe(id, topic)
        default: self.note(id, self.random.oneIn(3) ? nil : self.random.number(0..<100))
        }
    }

    mutating func removeEverything() {
        for entry in self.entries.shuffled(using: &self.random) { self.remove(entry.id) }
    }

    private mutating func insert(_ id: ConnectionID) {
        guard !self.entries.contains(where: { $0.id == id }) else { return }
        self.lastHandle += 1
        let topics = Array(Self.topics.shuffled(using: &self.random).prefix(self.random.number(0..<4)))
        let entry = Entry(
            id: id,
            handle: self.lastHandle,
            shard: self.random.number(0..<Self.shards),
            user: Self.users[self.random.number(0..<Self.users.count)],
            topics: topics
        )
        let given = self.registry.insert(
            id,
            handle: entry.handle,
            shard: entry.shard,
            userID: entry.user,
            connectedAt: Date(timeIntervalSince1970: 0),
            metadata: ConnectionMetadata(),
            topics: topics
        )
        #expect(given.count == topics.count)
        for (topic, topicID) in zip(topics, given) { self.expect(topicID, for: topic) }
        self.entries.append(entry)
    }

    private mutating func remove(_ id: ConnectionID) {
        let index = self.entries.firstIndex { $0.id == id }
        #expect(self.registry.remove(id) == index.map { self.entries[$0].handle })
        if let index { self.entries.remove(at: index) }
        self.forgetTopicsWithoutMembers()
    }

    private mutating func subscribe(_ id: ConnectionID, _ topic: String) {
        let result = self.registry.subscribe(id, to: topic)
        guard let index = self.entries.firstIndex(where: { $0.id == id }) else {
            guard case .unknownConnection = result else { return self.unexpected(result) }
            return
        }
        guard !self.entries[index].topics.contains(topic) else {
            guard case .alreadyMember = result else { return self.unexpected(result) }
            return
        }
        guard case .subscribed(let handle, let shard, let topicID) = result else { return self.unexpected(result) }
        #expect(handle == self.entries[index].handle)
        #expect(shard == self.entries[index].shard)
        self.expect(topicID, for: topic)
        self.entries[index].topics.append(topic)
    }

    private mutating func unsubscribe(_ id: ConnectionID, _ topic: String) {
        let result = self.registry.unsubscribe(id, from: topic)
        guard let index = self.entries.firstIndex(where: { $0.id == id && $0.topics.contains(topic) }) else {
            guard case .notMember = result else { return self.unexpected(result) }
            return
        }
        guard case .unsubscribed(let handle, let shard, let topicID) = result else { return self.unexpected(result) }
        #expect(handle == self.entries[index].handle)
        #expect(shard == self.entries[index].shard)
        self.expect(topicID, for: topic)
        self.entries[index].topics.removeAll { $0 == topic }
        self.forgetTopicsWithoutMembers()
    }

    private mutating func note(_ id: ConnectionID, _ value: Int?) {
        let index = self.entries.firstIndex { $0.id == id }
        #expect(self.registry.setMetadata(value, forKey: "note", of: id) == (index != nil))
        if let index { self.entries[index].note = value }
    }

    private func unexpected(_ result: Any) {
        Issue.record("unexpected: \(result)")
    }

    private mutating func expect(_ topicID: TopicID, for topic: String) {
        if let known = self.topicIDs[topic] {
            #expect(topicID == known)
        } else {
            #expect(self.usedTopicIDs.insert(topicID).inserted, "an id was given twice")
            self.topicIDs[topic] = topicID
        }
    }

    private mutating func forgetTopicsWithoutMembers() {
        self.topicIDs = self.topicIDs.filter { topic, _ in self.entries.contains { $0.topics.contains(topic) } }
    }

    // MARK: Questions

    /// Asks both everything.
    mutating func expectSameAnswers() {
        #expect(self.registry.connectionCount == self.entries.count)
        #expect(Set(self.registry.connectionIDs) == Set(self.entries.map(\.id)))
        #expect(Set(self.registry.topicNames) == Set(self.topicIDs.keys))
        #expect(self.registry.topicNames.count == self.topicIDs.count)
        let excluding = self.ids.shuffled(using: &self.random).prefix(self.random.number(0..<4))
        for topic in Self.topics {
            let members = self.entries.filter { $0.topics.contains(topic) }
            #expect(Set(self.registry.members(of: topic)) == Set(members.map(\.id)))
            #expect(self.registry.memberCount(of: topic) == members.count)
            #expect(self.registry.memberCounts[topic] == (members.isEmpty ? nil : members.count))
            let audience = self.registry.audience(of: topic, excluding: Array(excluding))
            #expect(audience?.id == self.topicIDs[topic])
            self.expect(audience, is: members, excluding: excluding)
        }
        self.expect(self.registry.everyone(excluding: Array(excluding)), is: self.entries, excluding: excluding)
        for user in Self.users.compactMap(\.self) {
            let expected = Set(self.entries.filter { $0.user == user }.map(\.id))
            #expect(Set(self.registry.connections(ofUser: user)) == expected)
        }
        for id in self.ids { self.expectSameAnswers(about: id) }
    }

    private func expectSameAnswers(about id: ConnectionID) {
        let entry = self.entries.first { $0.id == id }
        let handle = self.registry.handle(of: id)
        #expect(handle?.handle == entry?.handle)
        #expect(handle?.shard == entry?.shard)
        #expect(self.registry.topics(of: id) == entry?.topics ?? [])
        #expect((self.registry.info(of: id) == nil) == (entry == nil))
        #expect(self.registry.info(of: id)?.userID == entry?.user)
        #expect((self.registry.metadata(of: id) == nil) == (entry == nil))
        #expect(self.registry.metadata(of: id)?["note", as: Int.self] == entry?.note)
    }

    private func expect(_ audience: TopicRegistry<Int>.Audience?, is members: [Entry], excluding: some Sequence<ConnectionID>) {
        #expect((audience == nil) == members.isEmpty)
        guard let audience else { return }
        for shard in 0..<Self.shards {
            let count = shard < audience.perShard.count ? audience.perShard[shard] : 0
            #expect(count == members.filter { $0.shard == shard }.count)
        }
        let excluded = members.filter { excluding.contains($0.id) }
        #expect(audience.excluded.map(\.handle).sorted() == excluded.map(\.handle).sorted())
        #expect(
            Dictionary(uniqueKeysWithValues: audience.excluded.map { ($0.handle, $0.shard) })
                == Dictionary(uniqueKeysWithValues: excluded.map { ($0.handle, $0.shard) })
        )
    }
}
