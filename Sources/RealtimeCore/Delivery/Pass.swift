//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// One way through the members of a topic with a run of merged messages. Long passes are done in slices, so that the event loop's other
/// work does not wait for thousands of sockets.
struct Pass {
    let topic: TopicID
    /// The messages, in order.
    let run: ContiguousArray<WireMessage>
    /// Their framed bytes, one behind the other.
    let merged: ByteBuffer
    /// The same with the compressed forms of those that have one.
    let mergedDeflated: ByteBuffer
    let excluded: Set<Int32>
    let receipt: ReceiptCollector?
    /// When the pass began.
    let began: NIODeadline
    /// The next position of the member table.
    var position = 0
    var written = 0
    var queued = 0
    var dropped = 0

    init(_ run: ContiguousArray<WireMessage>, for publication: Publication, at now: NIODeadline) {
        self.topic = publication.topic
        self.run = run
        self.merged = Self.merge(run, .framed)
        self.mergedDeflated = run.contains { $0.deflated != nil } ? Self.merge(run, .deflated(upTo: .max)) : self.merged
        self.excluded = Set(publication.excluded.map { Int32($0.slot) })
        self.receipt = publication.receipt
        self.began = now
    }

    /// The bytes of all messages for a connection; `nil` for one that takes them one by one.
    func merged(_ framing: WireMessage.Framing) -> ByteBuffer? {
        switch framing {
        case .framed: self.merged
        case .deflated(upTo: .max): self.mergedDeflated
        case .deflated, .bare: nil
        }
    }

    private static func merge(_ run: ContiguousArray<WireMessage>, _ framing: WireMessage.Framing) -> ByteBuffer {
        guard run.count > 1 else { return run[0].bytes(framing) }
        var merged = ByteBuffer()
        merged.reserveCapacity(run.reduce(0) { $0 + $1.bytes(framing).readableBytes })
        for message in run { merged.writeImmutableBuffer(message.bytes(framing)) }
        return merged
    }
}
