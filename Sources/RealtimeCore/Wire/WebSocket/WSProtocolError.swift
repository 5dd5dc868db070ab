//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What a peer did wrong, and the code to close the WebSocket with (RFC 6455 §7.1.7).
package struct WSProtocolError: Error, Hashable, Sendable {
    /// The code that the close frame should carry.
    package let closeCode: WSCloseCode
    /// A short fixed text that may be sent in the close frame: at most 123 bytes, and nothing of what the peer sent.
    package let reason: String

    /// A rule of the protocol was broken: 1002.
    static func violation(_ reason: String) -> WSProtocolError {
        WSProtocolError(closeCode: .protocolError, reason: reason)
    }

    /// A limit was passed: 1009.
    static func tooBig(_ reason: String) -> WSProtocolError {
        WSProtocolError(closeCode: .messageTooBig, reason: reason)
    }

    /// There is no memory for what the peer sends: 1009.
    static var noMemory: WSProtocolError { .tooBig("There is no memory for the message") }

    /// Compressed data that is not: 1007.
    static var notDeflate: WSProtocolError {
        WSProtocolError(closeCode: .invalidPayload, reason: "The compressed data is broken")
    }

    /// Text that is not UTF-8: 1007.
    static func notUTF8(_ reason: String) -> WSProtocolError {
        WSProtocolError(closeCode: .invalidPayload, reason: reason)
    }
}
