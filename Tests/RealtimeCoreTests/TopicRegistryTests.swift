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

@Suite struct TopicRegistryTests {
    private let a = ConnectionID()
    private let b = ConnectionID()
    private let c = ConnectionID()

    /// Adds a connection whose handle is the given number.
    @discardableResult
    private func insert(
        _ id: ConnectionID,
        _ handle: Int,
        shard: Int = 0,
        user: String? = nil,
        topics: [String] = [],
        into registry: inout TopicRegistry<Int>
    ) -> [TopicID] {
        registry.insert(
            id,
            handle: handle,
            shard: shard,
            userID: user,
            connectedAt: Date(timeIntervalSince1970: Double(handle)),
            metadata: ConnectionMetadata(["handle": handle]),
            topics: topics
        )
    }

    private func expectEmpty(_ registry: TopicRegistry<Int>) {
        #expect(registry.connectionCount == 0)
        #expect(registry.connectionIDs.isEmpty)
        #expect(registry.topicNames.isEmpty)
        #expect(registry.memberCounts.isEmpty)
        #expect(registry.everyone(excluding: []) == nil)
    }

    @Test func aNewRegistryIsEmpty() {
        var registry = TopicRegistry<Int>()
        self.expectEmpty(registry)
        #expect(registry.audience(of: "posts", excluding: []) == nil)
        #expect(registry.handle(of: self.a) == nil)
        #expect(registry.info(of: self.a) == nil)
        #expect(registry.metadata(of: self.a) == nil)
        #expect(registry.topics(of: self.a).isEmpty)
        #expect(registry.members(of: "posts").isEmpty)
        #expect(registry.memberCount(of: "posts") == 0)
        #expect(registry.connections(ofUser: "u").isEmpty)
        #expect(registry.remove(self.a) == nil)
        guard case .unknownConnection = registry.subscribe(self.a, to: "posts") else {
            Issue.record("an unknown connection subscribed")
            return
        }
        guard case .notMember = registry.unsubscribe(self.a, from: "posts") else {
            Issue.record("an unknown connection unsubscribed")
            return
        }
    }

    @Test func insertingMakesAMemberOfEveryTopic() {
        var registry = TopicRegistry<Int>()
        let ids = self.insert(self.a, 1, user: "u", topics: ["posts", "news"], into: &registry)
        #expect(ids.count == 2)
        #expect(Set(ids + [.all]).count == 3)
        #expect(registry.topics(of: self.a) == ["posts", "news"])
        #expect(registry.members(of: "posts") == [self.a])
        #expect(registry.memberCount(of: "news") == 1)
        #expect(registry.connectionCount == 1)
        #expect(registry.connectionIDs == [self.a])
        #expect(registry.memberCounts == ["posts": 1, "news": 1])
        #expect(Set(registry.topicNames) == ["posts", "news"])
        #expect(registry.connections(ofUser: "u") == [self.a])
        #expect(registry.handle(of: self.a).map { [$0.handle, $0.shard] } == [1, 0])
    }

    @Test func aTopicKeepsItsIDWhileItHasMembers() throws {
        var registry = TopicRegistry<Int>()
        let first = self.insert(self.a, 1, topics: ["posts"], into: &registry)
        #expect(self.insert(self.b, 2, topics: ["posts"], into: &registry) == first)
        registry.remove(self.a)
        #expect(registry.audience(of: "posts", excluding: [])?.id == first.first)
        registry.remove(self.b)
        let second = self.insert(self.c, 3, topics: ["posts"], into: &registry)
        #expect(second != first)
    }

    @Test func removingTakesEverythingWithIt() {
        var registry = TopicRegistry<Int>()
        self.insert(self.a, 1, user: "u", topics: ["posts"], into: &registry)
        _ = registry.subscribe(self.a, to: "news")
        #expect(registry.remove(self.a) == 1)
        #expect(registry.remove(self.a) == nil)
        self.expectEmpty(registry)
        #expect(registry.connections(ofUser: "u").isEmpty)
        #expect(registry.metadata(of: self.a) == nil)
    }

    @Test func subscribingTwiceChangesNothing() {
        var registry = TopicRegistry<Int>()
        self.insert(self.a, 7, shard: 3, into: &registry)
        guard case .subscribed(let handle, let shard, let topic) = registry.subscribe(self.a, to: "posts") else {
            Issue.record("not subscribed")
            return
        }
        #expect(handle == 7)
        #expect(shard == 3)
        #expect(topic != .all)
        guard case .alreadyMember = registry.subscribe(self.a, to: "posts") else {
            Issue.record("subscribed twice")
            return
        }
        #expect(registry.topics(of: self.a) == ["posts"])
        #expect(registry.memberCount(of: "posts") == 1)
    }

    @Test func unsubscribingTheLastMemberRemovesTheTopic() {
        var registry = TopicRegistry<Int>()
        let ids = self.insert(self.a, 7, shard: 3, topics: ["posts", "news"], into: &registry)
        guard case .unsubscribed(let handle, let shard, let topic) = registry.unsubscribe(self.a, from: "posts") else {
            Issue.record("not unsubscribed")
            return
        }
        #expect(handle == 7)
        #expect(shard == 3)
        #expect(topic == ids.first)
        guard case .notMember = registry.unsubscribe(self.a, from: "posts") else {
            Issue.record("unsubscribed twice")
            return
        }
        #expect(registry.topicNames == ["news"])
        #expect(registry.topics(of: self.a) == ["news"])
        #expect(registry.connectionCount == 1)
    }

    @Test func aTopicNamedTwiceIsOneMembership() {
        var registry = TopicRegistry<Int>()
        let ids = self.insert(self.a, 1, topics: ["posts", "posts"], into: &registry)
        #expect(Set(ids).count == 1)
        #expect(registry.audience(of: "posts", excluding: [])?.perShard == [1])
        _ = registry.unsubscribe(self.a, from: "posts")
        #expect(registry.topics(of: self.a).isEmpty)
        registry.remove(self.a)
        self.expectEmpty(registry)
    }

    @Test func anAudienceIsCountedByShard() throws {
        var registry = TopicRegistry<Int>()
        self.insert(self.a, 1, shard: 2, topics: ["posts"], into: &registry)
        self.insert(self.b, 2, shard: 0, topics: ["posts"], into: &registry)
        self.insert(self.c, 3, shard: 2, into: &registry)
        let posts = try #require(registry.audience(of: "posts", excluding: []))
        #expect(posts.perShard == [1, 0, 1])
        #expect(posts.excluded.isEmpty)
        let everyone = try #require(registry.everyone(excluding: []))
        #expect(everyone.id == .all)
        #expect(everyone.perShard == [1, 0, 2])
    }

    @Test func onlyMembersAreExcludedAndEachOnce() throws {
        var registry = TopicRegistry<Int>()
        self.insert(self.a, 1, shard: 1, topics: ["posts"], into: &registry)
        self.insert(self.b, 2, topics: ["news"], into: &registry)
        let excluding = [self.a, self.a, self.b, self.c]
        let posts = try #require(registry.audience(of: "posts", excluding: excluding))
        #expect(posts.excluded.map { [$0.handle, $0.shard] } == [[1, 1]])
        #expect(posts.perShard == [0, 1])
        let everyone = try #require(registry.everyone(excluding: excluding))
        #expect(Set(everyone.excluded.map(\.handle)) == [1, 2])
        #expect(everyone.excluded.count == 2)
    }

    @Test func usersAndAnonymousConnectionsAreKeptApart() {
        var registry = TopicRegistry<Int>()
        self.insert(self.a, 1, user: "u", into: &registry)
        self.insert(self.b, 2, user: "u", into: &registry)
        self.insert(self.c, 3, into: &registry)
        #expect(Set(registry.connections(ofUser: "u")) == [self.a, self.b])
        #expect(registry.connections(ofUser: "").isEmpty)
        registry.remove(self.a)
        #expect(registry.connections(ofUser: "u") == [self.b])
    }

    @Test func informationIsWhatTheConnectionCameWith() throws {
        var registry = TopicRegistry<Int>()
        self.insert(self.a, 5, user: "u", into: &registry)
        let info = try #require(registry.info(of: self.a))
        #expect(info.id == self.a)
        #expect(info.userID == "u")
        #expect(info.connectedAt == Date(timeIntervalSince1970: 5))
        #expect(info.metadata["handle", as: Int.self] == 5)
    }

    @Test func metadataLivesAsLongAsItsConnection() {
        var registry = TopicRegistry<Int>()
        #expect(registry.setMetadata("x", forKey: "key", of: self.a) == false)
        self.insert(self.a, 1, into: &registry)
        #expect(registry.setMetadata("x", forKey: "key", of: self.a) == true)
        #expect(registry.metadata(of: self.a)?["key", as: String.self] == "x")
        #expect(registry.info(of: self.a)?.metadata["key", as: String.self] == "x")
        #expect(registry.setMetadata(nil, forKey: "key", of: self.a) == true)
        #expect(registry.metadata(of: self.a)?["key"] == nil)
        _ = registry.setMetadata("x", forKey: "key", of: self.a)
        registry.remove(self.a)
        self.insert(self.a, 2, into: &registry)
        #expect(registry.metadata(of: self.a)?["key"] == nil)
    }

    @Test func aConnectionThatTakesAnIDOverLeavesNothingOfTheFormer() {
        var registry = TopicRegistry<Int>()
        self.insert(self.a, 1, shard: 1, user: "u", topics: ["posts"], into: &registry)
        self.insert(self.a, 2, shard: 0, user: "v", topics: ["news"], into: &registry)
        #expect(registry.handle(of: self.a)?.handle == 2)
        #expect(registry.members(of: "posts").isEmpty)
        #expect(registry.connections(ofUser: "u").isEmpty)
        #expect(registry.everyone(excluding: [])?.perShard.reduce(0, +) == 1)
        registry.remove(self.a)
        self.expectEmpty(registry)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func agreesWithANaiveModel(seed: UInt64) throws {
        var model = TopicRegistryModel(seed: seed)
        for _ in 0..<1500 {
            model.step()
            model.expectSameAnswers()
        }
        model.removeEverything()
        self.expectEmpty(model.registry)
        // Counts that were left behind would show now.
        var registry = model.registry
        self.insert(self.a, 1, shard: 0, topics: ["posts"], into: &registry)
        #expect(try #require(registry.everyone(excluding: [])).perShard.reduce(0, +) == 1)
        #expect(try #require(registry.audience(of: "posts", excluding: [])).perShard == [1])
        #expect(registry.memberCounts == ["posts": 1])
    }
}
