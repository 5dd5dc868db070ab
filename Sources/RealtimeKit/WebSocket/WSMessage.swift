//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

/// A message of a WebSocket: text in UTF-8, or bytes (RFC 6455 §5.6).
public struct WSMessage: Hashable, Sendable {
    /// What a message is.
    public enum Kind: Hashable, Sendable {
        /// Text in UTF-8.
        case text
        /// Bytes.
        case binary
    }

    /// What it is.
    public let kind: Kind
    /// What it says; UTF-8 if it is a text.
    public let bytes: ByteBuffer

    /// Makes a text.
    public static func text(_ text: String) -> WSMessage { WSMessage(kind: .text, bytes: ByteBuffer(string: text)) }

    /// Makes a binary message.
    public static func binary(_ bytes: ByteBuffer) -> WSMessage { WSMessage(kind: .binary, bytes: bytes) }

    /// Makes a text of a value's JSON.
    ///
    /// - Throws: what the value's `encode(to:)` throws.
    public static func json(_ value: some Encodable) throws -> WSMessage { .text(try JSONText.encode(value)) }

    init(kind: Kind, bytes: ByteBuffer) {
        self.kind = kind
        self.bytes = bytes
    }

    init(_ opcode: WSOpcode, _ bytes: UnsafeRawBufferPointer) {
        self.init(kind: opcode == .text ? .text : .binary, bytes: ByteBuffer(bytes: bytes))
    }

    /// The text; `nil` for a binary message.
    public var text: String? { self.kind == .text ? String(buffer: self.bytes) : nil }

    var opcode: WSOpcode { self.kind == .text ? .text : .binary }

    var frame: WireMessage {
        .webSocket(self.opcode, capacity: self.bytes.readableBytes) { $0.writeImmutableBuffer(self.bytes) }
    }
}
