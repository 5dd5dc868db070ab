//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto
import HTTPTypes
import Hummingbird
import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A client's opening handshake (RFC 6455 §4.2.1).
struct WSHandshake {
    /// Why a request is no handshake, and what is answered.
    enum Problem: Error, Equatable {
        /// A plain request: 426.
        case notAnUpgrade
        /// A version other than 13: 426 with the one that is spoken here (§4.4).
        case version
        /// 400 with the reason.
        case malformed(String)
    }

    /// The value of `Sec-WebSocket-Key`.
    let key: String
    /// The subprotocols that the client offers, in its order of preference.
    let protocols: [String]
    /// The extensions that the client offers, in its order of preference.
    let extensions: [WSExtensionOffer]

    init(_ request: HTTPRequest) throws(Problem) {
        let fields = request.headerFields
        guard Self.tokens(of: .upgrade, fields).contains("websocket") else {
            // HTTP/1.0 cannot upgrade; there the field has been taken away.
            guard fields[.secWebSocketKey] == nil else { throw .malformed("a WebSocket handshake is an HTTP/1.1 request with 'Upgrade: websocket'") }
            throw .notAnUpgrade
        }
        guard request.method == .get else { throw .malformed("a WebSocket handshake is a GET request") }
        guard Self.tokens(of: .connection, fields).contains("upgrade") else { throw .malformed("'Connection: Upgrade' is missing") }
        guard let version = fields[.secWebSocketVersion] else { throw .malformed("'Sec-WebSocket-Version' is missing; 13 is spoken here") }
        guard version == "13" else { throw .version }
        // 16 bytes are 22 digits and two signs of padding.
        guard let key = fields[.secWebSocketKey], key.utf8.count == 24, Data(base64Encoded: key)?.count == 16 else {
            throw .malformed("'Sec-WebSocket-Key' is not 16 bytes in Base64")
        }
        guard fields[.transferEncoding] == nil, fields[.contentLength].map({ $0 == "0" }) ?? true else {
            throw .malformed("a WebSocket handshake has no body")
        }
        self.key = key
        let protocols = Self.list(of: .secWebSocketProtocol, fields)
        guard protocols.allSatisfy({ HTTPField.Name($0) != nil }), fields[.secWebSocketProtocol] == nil || !protocols.isEmpty else {
            throw .malformed("'Sec-WebSocket-Protocol' is not a list of tokens")
        }
        guard Set(protocols).count == protocols.count else { throw .malformed("'Sec-WebSocket-Protocol' names a protocol twice") }
        self.protocols = protocols
        guard let extensions = WSExtensionOffer.list(fields[values: .secWebSocketExtensions]) else {
            throw .malformed("'Sec-WebSocket-Extensions' is not a list of extensions")
        }
        self.extensions = extensions
    }

    /// The value of `Sec-WebSocket-Accept` (§4.2.2).
    var accept: String { Self.accept(for: self.key) }

    static func accept(for key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }

    /// Whether a request asks for an upgrade, be it to WebSocket or to something else (RFC 9110 §7.8).
    static func asksForUpgrade(_ head: HTTPRequest) -> Bool {
        head.headerFields.contains(.upgrade) && Self.tokens(of: .connection, head.headerFields).contains("upgrade")
    }

    /// What is kept of a request's head for as long as the connection lasts: all but the fields that made the connection.
    static func kept(_ head: HTTPRequest) -> HTTPRequest {
        let fields = head.headerFields.filter { !Self.ownFields.contains($0.name) }
        return HTTPRequest(
            method: head.method,
            scheme: head.scheme,
            authority: head.authority,
            path: head.path,
            // Made anew, without the room for what is gone.
            headerFields: HTTPFields(fields)
        )
    }

    private static let ownFields: Set<HTTPField.Name> = [
        .upgrade, .connection, .secWebSocketKey, .secWebSocketVersion, .secWebSocketProtocol, .secWebSocketExtensions,
    ]

    /// The elements of a field that is a list, in order (RFC 9110 §5.6.1).
    private static func list(of name: HTTPField.Name, _ fields: HTTPFields) -> [String] {
        fields[values: name].flatMap { $0.split(separator: ",") }.map { Self.trimmed($0) }.filter { !$0.isEmpty }
    }

    private static func tokens(of name: HTTPField.Name, _ fields: HTTPFields) -> [String] {
        Self.list(of: name, fields).map { $0.lowercased() }
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = text.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }
}
