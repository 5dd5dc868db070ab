//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What a reader accepts as its next frame.
package struct WSFrameRules: Sendable {
    /// Whose frames are read. Clients mask theirs, servers do not (RFC 6455 §5.1).
    package enum Peer: Sendable {
        case client
        case server
    }

    /// Who sends the frames.
    package let peer: Peer
    /// Whether RSV1 may stand on the first frame of a message, as an extension that was agreed upon says (RFC 7692 §6).
    package let allowsRSV1: Bool
    /// Whether a message has begun and not ended: its continuation has to come, or a control frame.
    package let isInMessage: Bool
    /// Whether the message may have another frame.
    package let allowsContinuation: Bool
    /// How many bytes the message may still grow by.
    package let room: Int
    /// The same for the compressed bytes of one that is compressed.
    package let compressedRoom: Int
    /// Whether the message that has begun is compressed.
    package let isCompressed: Bool

    package init(
        peer: Peer = .client,
        allowsRSV1: Bool = false,
        isInMessage: Bool = false,
        allowsContinuation: Bool = true,
        room: Int = .max,
        compressedRoom: Int = .max,
        isCompressed: Bool = false
    ) {
        self.peer = peer
        self.allowsRSV1 = allowsRSV1
        self.isInMessage = isInMessage
        self.allowsContinuation = allowsContinuation
        self.room = max(0, room)
        self.compressedRoom = max(0, compressedRoom)
        self.isCompressed = isCompressed
    }
}
