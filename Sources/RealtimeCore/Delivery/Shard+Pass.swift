//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// The pass over a topic's members: where nearly all of a busy server's time goes.
extension Shard {
    /// Messages are merged up to this many bytes.
    private static let maxMergedBytes = 64 * 1024

    /// Begins a pass with a publication and the ones behind it that may go out in the same write.
    func beginPass(_ publication: Publication) {
        var run: ContiguousArray = [publication.message]
        var bytes = publication.message.framed.readableBytes
        if self.batch.isEmpty { self.refill(goesIdle: false) }
        while case .publish(let next) = self.batch.first, publication.canMerge(with: next),
            bytes + next.message.framed.readableBytes <= Self.maxMergedBytes
        {
            self.batch.removeFirst()
            run.append(next.message)
            bytes += next.message.framed.readableBytes
            if self.batch.isEmpty { self.refill(goesIdle: false) }
        }
        guard self.tables[publication.topic] != nil else {
            publication.receipt?.report(written: 0, queued: 0)
            return
        }
        self.tables[publication.topic]?.freeze()
        self.pass = Pass(run, for: publication, at: self.clock.now())
    }

    /// Does the next slice of the pass.
    ///
    /// - Returns: the pass, when it is finished.
    func continuePass() -> Pass? {
        guard var pass = self.pass, let last = self.tables[pass.topic]?.slots.count else { return nil }
        let bytes = pass.merged.readableBytes
        let end = min(last, pass.position + self.affordableSends(ofBytes: bytes))
        let slow = self.send(pass, upTo: end)
        self.spend(sends: (end - pass.position) * Self.price(ofBytes: bytes))
        pass.written += (end - pass.position) * pass.run.count
        pass.position = end
        // Only now, when nothing points into the tables any more: what follows may close connections.
        for (slot, sent) in slow {
            pass.written -= pass.run.count
            guard slot >= 0, let connection = self.connection(at: slot) else { continue }
            let counts = connection.deliver(pass, sent: sent)
            pass.written += counts.written
            pass.queued += counts.queued
            pass.dropped += counts.dropped
        }
        guard pass.position < last else {
            self.finish(pass)
            return pass
        }
        self.pass = pass
        return nil
    }

    /// Writes the pass's bytes to every socket of a slice that takes them at once.
    ///
    /// - Returns: the members that did not get everything, and how many bytes they got; -1 for those that are not meant.
    private func send(_ pass: Pass, upTo end: Int) -> [(slot: Int, sent: Int)] {
        guard let slots = self.tables[pass.topic]?.slots else { return [] }
        var slow: [(slot: Int, sent: Int)] = []
        let isFiltered = !pass.excluded.isEmpty
        pass.merged.withUnsafeReadableBytes { framed in
            pass.mergedDeflated.withUnsafeReadableBytes { deflated in
                slots.withUnsafeBufferPointer { slots in
                    self.sockets.withUnsafeBufferPointer { sockets in
                        for slot in slots[pass.position..<end] {
                            if slot == MemberTable.hole || (isFiltered && pass.excluded.contains(slot)) {
                                slow.append((slot: -1, sent: 0))
                                continue
                            }
                            let socket = sockets[Int(slot)]
                            let bytes = socket.takesDeflated ? deflated : framed
                            let sent = socket.isForPasses ? DirectWrite.send(socket.descriptor, bytes) : 0
                            if sent != bytes.count { slow.append((slot: Int(slot), sent: sent)) }
                        }
                    }
                }
            }
        }
        return slow
    }

    private func finish(_ pass: Pass) {
        self.pass = nil
        self.lastPassTime = self.clock.now() - pass.began
        if let moves = self.tables[pass.topic]?.thaw() {
            for move in moves { self.apply(move, in: pass.topic) }
        }
        self.removeTableIfEmpty(pass.topic)
        self.metrics.passed(written: pass.written, queued: pass.queued, dropped: pass.dropped)
        pass.receipt?.report(written: pass.written, queued: pass.queued)
    }
}
