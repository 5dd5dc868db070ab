//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// A reader with what belongs to it, and a record of what it gave.
struct WSReading {
    /// An event, or the end, in a form that can be compared.
    enum Seen: Equatable {
        case text([UInt8])
        case binary([UInt8])
        case ping([UInt8])
        case pong([UInt8])
        case close(UInt16?, [UInt8])
        case failed(UInt16)

        init(_ event: WSReader.Event) {
            self =
                switch event {
                case .text(let bytes): .text(Array(bytes))
                case .binary(let bytes): .binary(Array(bytes))
                case .ping(let bytes): .ping(Array(bytes))
                case .pong(let bytes): .pong(Array(bytes))
                case .close(let code, let reason): .close(code?.rawValue, Array(reason))
                }
        }

        static func text(_ text: String) -> Seen { .text(Array(text.utf8)) }

        static func ping(_ text: String) -> Seen { .ping(Array(text.utf8)) }

        static func pong(_ text: String) -> Seen { .pong(Array(text.utf8)) }
    }

    var reader: WSReader
    var buffer = ByteBuffer()
    private(set) var seen: [Seen] = []
    private(set) var error: WSProtocolError?
    private let scratch = WSScratch()

    init(maxMessageBytes: Int = 1 << 20, maxFragments: Int = 1 << 20, inflates: Bool = false, peer: WSFrameRules.Peer = .client) {
        self.reader = WSReader(maxMessageBytes: maxMessageBytes, maxFragments: maxFragments, inflates: inflates, peer: peer)
    }

    /// Reads what is in the buffer.
    mutating func read(goesOn: (Seen) -> Bool = { _ in true }) {
        var events: [Seen] = []
        do {
            try self.reader.read(&self.buffer, scratch: self.scratch) { event in
                let event = Seen(event)
                events.append(event)
                return goesOn(event)
            }
            self.seen += events
        } catch {
            self.seen += events + [.failed(error.closeCode.rawValue)]
            self.error = error
        }
    }

    /// Reads what was there before and more bytes.
    mutating func read(_ bytes: [UInt8], goesOn: (Seen) -> Bool = { _ in true }) {
        self.buffer.writeBytes(bytes)
        self.read(goesOn: goesOn)
    }

    mutating func read(_ frames: [WSTestFrame]) {
        self.read(frames.flatMap(\.bytes))
    }

    /// What a fresh reader makes of some frames.
    static func seen(_ frames: [WSTestFrame]) -> [Seen] {
        var reading = WSReading()
        reading.read(frames)
        return reading.seen
    }
}
