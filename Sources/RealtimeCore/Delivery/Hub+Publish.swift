//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization

/// Messages on their way to the mailboxes: every message of a manager passes through ``Hub/publish(_:to:excluding:receipt:)``.
extension Hub {
    /// Who a message is for.
    package enum Target: Sendable {
        /// The members of a topic.
        case topic(String)
        /// Everyone who is connected.
        case everyone
        /// Certain connections, as far as they are there.
        case connections([ConnectionID])
    }

    /// Sends a message. It is compressed here, once, when any of the hub's connections takes that.
    ///
    /// - Parameter maxDeflated: longer payloads are not compressed: whoever calls from an event loop has others waiting.
    /// - Returns: how many connections it is for. Loops whose mailbox is full are not counted.
    package func publish(
        _ message: WireMessage,
        to target: Target,
        excluding: [ConnectionID] = [],
        receipt: ReceiptCollector? = nil,
        maxDeflated: Int = .max
    ) -> Int {
        self.metrics.messagePublished()
        let message = self.deflated(message, upTo: maxDeflated)
        let (matched, refused, shards) = self.state.withLock { state in
            var (matched, refused, woken) = (0, 0, [Shard]())
            for part in state.parts(of: message, to: target, excluding: excluding, receipt: receipt) {
                receipt?.expectLoop()
                switch state.shards[part.shard].post(message: part.command, bytes: message.framed.readableBytes) {
                case .wake: woken.append(state.shards[part.shard])
                case .queued: break
                case .full:
                    refused += 1
                    receipt?.report(written: 0, queued: 0)
                    continue
                }
                matched += part.receivers
            }
            return (matched, refused, woken)
        }
        for shard in shards { shard.wake() }
        if refused > 0 {
            self.metrics.messageRefused()
            self.log.mailboxFull(now: self.clock.now())
        }
        return matched
    }

    /// Sends a message to one connection and waits until nothing is in the way of another one: for senders that go at their client's pace.
    ///
    /// - Returns: whether the connection still takes messages.
    package func offer(_ message: WireMessage, to connection: Connection) async -> Bool {
        self.metrics.messagePublished()
        let message = connection.takesDeflated ? self.deflated(message, upTo: .max) : message
        return await withCheckedContinuation { sender in
            // Not counted against the mailbox: there is one at a time for each sender.
            if connection.shard.post(.offer(message, connection, sender)) == .wake { connection.shard.wakeAtOnce() }
        }
    }

    private func deflated(_ message: WireMessage, upTo maxBytes: Int) -> WireMessage {
        guard self.deflating.load(ordering: .relaxed) > 0 else { return message }
        return message.deflated(from: self.configuration.compressionThreshold, upTo: maxBytes)
    }

    /// The connections of a target that a filter lets through. The filter runs without any lock.
    package func connections(of target: Target, where isIncluded: (ConnectionInfo) -> Bool) -> [ConnectionID] {
        let infos = self.query { registry in
            let ids =
                switch target {
                case .topic(let name): registry.members(of: name)
                case .everyone: registry.connectionIDs
                case .connections(let ids): ids
                }
            return ids.compactMap { registry.info(of: $0) }
        }
        return infos.filter(isIncluded).map(\.id)
    }
}

extension Hub.State {
    /// What each event loop has to do for a message, and for how many connections.
    fileprivate func parts(
        of message: WireMessage,
        to target: Hub.Target,
        excluding: [ConnectionID],
        receipt: ReceiptCollector?
    ) -> [(shard: Int, command: Command, receivers: Int)] {
        let audience: TopicRegistry<Connection>.Audience?
        switch target {
        case .topic(let name): audience = self.registry.audience(of: name, excluding: excluding)
        case .everyone: audience = self.registry.everyone(excluding: excluding)
        case .connections(let ids):
            let receivers = ids.lazy.filter { !excluding.contains($0) }.compactMap { self.registry.handle(of: $0) }
            return Dictionary(grouping: receivers, by: \.shard).map { shard, connections in
                (shard, .deliver(message, connections.map(\.handle), receipt), connections.count)
            }
        }
        guard let audience else { return [] }
        return audience.perShard.enumerated().filter { $0.element > 0 }.map { shard, members in
            let excluded = audience.excluded.filter { $0.shard == shard }.map(\.handle)
            let publication = Publication(topic: audience.id, message: message, excluded: excluded, receipt: receipt)
            return (shard, .publish(publication), members - excluded.count)
        }
    }
}
