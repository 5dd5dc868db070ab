//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Reads what a server sends: the answer to a handshake, and then frames or the body of a refusal.
struct WSTestReader {
    private let handshake: WSTestHandshake
    private var response = HTTP1ResponseParser(hasBody: true)
    private var frames = WSTestFrameReader()
    private var isUpgraded = false

    init(_ handshake: WSTestHandshake) {
        self.handshake = handshake
    }

    /// Takes the next bytes.
    ///
    /// - Parameter arrivals: gets what has come, also what is in front of something broken.
    mutating func read(_ bytes: ByteBuffer, into arrivals: inout [WSTestArrival]) {
        do {
            for part in try self.response.parse(bytes) { try self.take(part, &arrivals) }
        } catch {
            arrivals.append(.broken(error))
        }
    }

    /// Nothing more comes.
    mutating func connectionEnded() -> [WSTestArrival] {
        self.isUpgraded || self.response.connectionEnded().isEmpty ? [] : [.bodyEnd]
    }

    private mutating func take(_ part: TestResponsePart, _ arrivals: inout [WSTestArrival]) throws(BrokenResponse) {
        switch part {
        case .head(let head):
            if head.status == 101 {
                try self.handshake.check(head)
                self.isUpgraded = true
                if head.headers["sec-websocket-extensions"] != nil { self.frames = WSTestFrameReader(inflates: true) }
            }
            arrivals.append(.head(head))
        case .body(let bytes) where self.isUpgraded:
            var complete: [WSTestArrival.Frame] = []
            defer { arrivals += complete.map { .frame($0) } }
            try self.frames.read(bytes, into: &complete)
        case .body(let bytes):
            arrivals.append(.body(bytes))
        case .end:
            arrivals.append(.bodyEnd)
        }
    }
}
