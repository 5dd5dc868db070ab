//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// Messages on their way to the mailboxes. Every message of a manager passes through ``Hub/publish(_:to:excluding:receipt:)`` or one of its
/// two neighbours here.
extension Hub {
    /// Who a message is for.
    package enum Target: Sendable {
        /// The members of a topic.
        case topic(String)
        /// Everyone who is connected.
        case everyone
    }

    /// Sends a message to a topic or to everyone.
    ///
    /// - Returns: how many connections it is for. Loops whose mailbox is full are not counted.
    package func publish(_ message: WireMessage, to target: Target, excluding: [ConnectionID] = [], receipt: ReceiptCollector? = nil) -> Int {
        self.metrics.messagePublished()
        var refused = 0
        let (matched, shards) = self.state.withLock { state -> (Int, [Shard]) in
            let audience =
                switch target {
                case .topic(let name): state.registry.audience(of: name, excluding: excluding)
                case .everyone: state.registry.everyone(excluding: excluding)
                }
            guard let audience else { return (0, []) }
            var matched = 0
            var woken: [Shard] = []
            for (index, members) in audience.perShard.enumerated() where members > 0 {
                let excluded = audience.excluded.lazy.filter { $0.shard == index }.map(\.handle)
                let publication = Publication(topic: audience.id, message: message, excluded: Array(excluded), receipt: receipt)
                receipt?.expectLoop()
                switch state.shards[index].post(message: .publish(publication), bytes: message.framed.readableBytes) {
                case .wake: woken.append(state.shards[index])
                case .queued: break
                case .full:
                    refused += 1
                    receipt?.report(written: 0, queued: 0)
                    continue
                }
                matched += members - publication.excluded.count
            }
            return (matched, woken)
        }
        for shard in shards { shard.wake() }
        if refused > 0 { self.messageRefused() }
        return matched
    }

    /// Sends a message to certain connections.
    ///
    /// - Returns: how many of them are connected.
    package func send(_ message: WireMessage, to ids: [ConnectionID], receipt: ReceiptCollector? = nil) -> Int {
        self.metrics.messagePublished()
        var refused = 0
        let (matched, shards) = self.state.withLock { state -> (Int, [Shard]) in
            var receivers: [Int: [Connection]] = [:]
            for id in ids {
                guard let connection = state.registry.handle(of: id) else { continue }
                receivers[connection.shard, default: []].append(connection.handle)
            }
            var matched = 0
            var woken: [Shard] = []
            for (index, connections) in receivers {
                receipt?.expectLoop()
                switch state.shards[index].post(message: .deliver(message, connections, receipt), bytes: message.framed.readableBytes) {
                case .wake: woken.append(state.shards[index])
                case .queued: break
                case .full:
                    refused += 1
                    receipt?.report(written: 0, queued: 0)
                    continue
                }
                matched += connections.count
            }
            return (matched, woken)
        }
        for shard in shards { shard.wake() }
        if refused > 0 { self.messageRefused() }
        return matched
    }

    /// The connections of a target that a filter lets through. The filter runs without any lock.
    package func connections(of target: Target, where isIncluded: (ConnectionInfo) -> Bool) -> [ConnectionID] {
        let infos = self.query { registry in
            let ids =
                switch target {
                case .topic(let name): registry.members(of: name)
                case .everyone: registry.connectionIDs
                }
            return ids.compactMap { registry.info(of: $0) }
        }
        return infos.filter(isIncluded).map(\.id)
    }

    private func messageRefused() {
        self.metrics.messageRefused()
        self.log.mailboxFull(now: self.clock.now())
    }
}
