//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// What an event loop is told, in order. A connection sees the effects in exactly this order, across topics too.
package enum Command: Sendable {
    /// A new connection, its first topics and what it is told first.
    case attach(Connection, [TopicSubscription], greeting: WireMessage?)
    case subscribe(Connection, TopicSubscription, notice: WireMessage?)
    /// `done` is called on the loop, once no message of the topic comes any more.
    case unsubscribe(Connection, TopicID, notice: WireMessage?, done: (@Sendable () -> Void)?)
    /// A message for all members of a topic.
    case publish(Publication)
    /// A message for certain connections.
    case deliver(WireMessage, [Connection], ReceiptCollector?)
    /// A message for one connection, whose sender waits until the client has room for another.
    case offer(WireMessage, Connection, CheckedContinuation<Bool, Never>)
    /// An orderly end, with a farewell: the given one, or the hub's own.
    case end(Connection, DisconnectReason, farewell: WireMessage?)
    /// Another heartbeat for all connections of the loop.
    case beat(HeartbeatSource)
}

/// A topic that a connection belongs to.
package struct TopicSubscription: Sendable {
    package let topic: TopicID
    /// The heartbeat interval that the topic asks for.
    package let heartbeat: TimeAmount?

    package init(topic: TopicID, heartbeat: TimeAmount?) {
        self.topic = topic
        self.heartbeat = heartbeat
    }
}

/// One message on its way to the members of a topic on one event loop.
package struct Publication: Sendable {
    package let topic: TopicID
    package let message: WireMessage
    /// Members of this loop that are left out.
    package let excluded: [Connection]
    /// Who wants to know how it went.
    package let receipt: ReceiptCollector?

    package init(topic: TopicID, message: WireMessage, excluded: [Connection], receipt: ReceiptCollector?) {
        self.topic = topic
        self.message = message
        self.excluded = excluded
        self.receipt = receipt
    }

    /// Whether two neighbours in the mailbox may go out in one write.
    func canMerge(with other: Publication) -> Bool {
        self.topic == other.topic && self.excluded.isEmpty && other.excluded.isEmpty && self.receipt == nil && other.receipt == nil
    }
}
