//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto
import Foundation

/// A client's side of the handshake (RFC 6455 §4.1).
package struct WSTestHandshake: Sendable {
    private let key: String
    private let subprotocols: [String]
    /// Whether compression is offered.
    let compression: Bool

    package init(subprotocols: [String], compression: Bool = false, key: String? = nil) {
        self.key = key ?? Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        self.subprotocols = subprotocols
        self.compression = compression
    }

    /// The header fields that make a request a handshake.
    package var fields: [String] {
        var fields = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \(self.key)"]
        if !self.subprotocols.isEmpty { fields.append("Sec-WebSocket-Protocol: \(self.subprotocols.joined(separator: ", "))") }
        if self.compression { fields.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits") }
        return fields
    }

    /// Checks a granted upgrade as a client has to, and that it does not talk of a body.
    package func check(_ head: SSETestClient.Head) throws(BrokenResponse) {
        let headers = head.headers
        guard headers["upgrade"]?.lowercased() == "websocket" else { throw BrokenResponse(what: "101 without 'Upgrade: websocket': \(headers)") }
        let connection = headers["connection"]?.lowercased().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard connection?.contains("upgrade") == true else { throw BrokenResponse(what: "101 without 'Connection: Upgrade': \(headers)") }
        guard headers["sec-websocket-accept"] == self.accept else {
            throw BrokenResponse(what: "Sec-WebSocket-Accept is \(headers["sec-websocket-accept"] ?? "missing") and not \(self.accept)")
        }
        if let chosen = headers["sec-websocket-protocol"], !self.subprotocols.contains(chosen) {
            throw BrokenResponse(what: "the subprotocol '\(chosen)' is none of those offered: \(self.subprotocols)")
        }
        if let extensions = headers["sec-websocket-extensions"] {
            guard self.compression else { throw BrokenResponse(what: "extensions were not offered, but there is '\(extensions)'") }
            // Messages are read each by itself.
            guard extensions == "permessage-deflate; server_no_context_takeover; client_no_context_takeover" else {
                throw BrokenResponse(what: "the extension is answered with '\(extensions)'")
            }
        }
        guard headers["content-length"] == nil, headers["transfer-encoding"] == nil else {
            throw BrokenResponse(what: "101 has no body, but its head says otherwise: \(headers)")
        }
    }

    private var accept: String {
        let digest = Insecure.SHA1.hash(data: Data((self.key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }
}
