//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The messages that the library itself sends, as frames or as payloads of them. Written by hand: there are many of them, and their keys have
/// an order.
enum WSFrames {
    /// The first message of every connection.
    static func connected(_ id: ConnectionID) -> WireMessage {
        .webSocket(.text, capacity: 64) { $0.writeString(#"{"type":"connected","id":"\#(id)"}"#) }
    }

    /// A heartbeat: a message for clients that see no pings, and a ping for those that answer nothing else (RFC 6455 §5.5.2).
    static func ping(json: Bool, frame: Bool) -> WireMessage {
        var bytes = ByteBuffer()
        if json { WSFrameEncoder.write(.text, #"{"type":"ping"}"#, into: &bytes) }
        if frame { WSFrameEncoder.write(.ping, "", into: &bytes) }
        return WireMessage(framed: bytes, payload: bytes)
    }

    /// A client's message to a room, for the others in it.
    static func message(in room: String, from id: ConnectionID, payload: UnsafeRawBufferPointer?) -> WireMessage {
        .webSocket(.text, capacity: 96 + room.utf8.count + (payload?.count ?? 4)) { buffer in
            buffer.writeString(#"{"type":"message","room":"#)
            JSONString.write(room, into: &buffer)
            buffer.writeString(#","from":"\#(id)","payload":"#)
            if let payload { buffer.writeBytes(payload) } else { buffer.writeString("null") }
            buffer.writeString("}")
        }
    }

    static func joined(_ room: String, id: String?) -> WireMessage { self.notice("joined", room, id) }

    static func left(_ room: String, id: String?) -> WireMessage { self.notice("left", room, id) }

    private static func notice(_ type: String, _ room: String, _ id: String?) -> WireMessage {
        .webSocket(.text, capacity: 64 + room.utf8.count) { buffer in
            buffer.writeString(#"{"type":"\#(type)","room":"#)
            JSONString.write(room, into: &buffer)
            Self.end(&buffer, id)
        }
    }

    /// Tells a client when its credential expires, in seconds since 1970.
    static func expiring(at time: Date) -> WireMessage {
        .webSocket(.text, capacity: 64) { $0.writeString(#"{"type":"auth_expiring","expires":\#(time.wholeSeconds)}"#) }
    }

    /// Another credential counts from now on; it expires then, or not at all.
    static func refreshed(expires: Date?, id: String?) -> WireMessage {
        .webSocket(.text, capacity: 64) { buffer in
            buffer.writeString(#"{"type":"refreshed""#)
            if let expires { buffer.writeString(#","expires":\#(expires.wholeSeconds)"#) }
            Self.end(&buffer, id)
        }
    }

    static func pong(id: String?) -> WireMessage {
        .webSocket(.text, capacity: 32) { buffer in
            buffer.writeString(#"{"type":"pong""#)
            Self.end(&buffer, id)
        }
    }

    static func error(_ code: WSErrorCode, _ message: String, id: String?) -> WireMessage {
        .webSocket(.text, capacity: 64 + message.utf8.count) { buffer in
            buffer.writeString(#"{"type":"error","code":"\#(code.rawValue)","message":"#)
            JSONString.write(message, into: &buffer)
            Self.end(&buffer, id)
        }
    }

    /// An application's answer: the JSON of a value, to which the request's id is added if it is an object.
    static func answer(_ json: String, id: String?) -> WireMessage {
        .webSocket(.text, capacity: 64 + json.utf8.count) { buffer in
            guard let id, json.utf8.first == UInt8(ascii: "{"), json.utf8.last == UInt8(ascii: "}") else {
                buffer.writeString(json)
                return
            }
            buffer.writeSubstring(json.dropLast())
            if json.utf8.count == 2 { buffer.writeString(#""id":\#(id)}"#) } else { Self.end(&buffer, id) }
        }
    }

    private static func end(_ buffer: inout ByteBuffer, _ id: String?) {
        if let id { buffer.writeString(#","id":\#(id)}"#) } else { buffer.writeString("}") }
    }
}

extension WireMessage {
    /// A close frame.
    static func close(_ code: WSCloseCode?, _ reason: String = "") -> WireMessage {
        var bytes = ByteBuffer()
        WSFrameEncoder.writeClose(code, reason: reason, into: &bytes)
        return WireMessage(framed: bytes, payload: bytes)
    }

    /// A text with a value's JSON.
    static func json(_ payload: some Encodable) throws -> WireMessage {
        let text = try JSONText.encode(payload)
        return .webSocket(.text, capacity: text.utf8.count) { $0.writeString(text) }
    }

    /// A text with `{"type":type, ...fields}`, the fields in the order of their names. A field `type` is left out.
    static func json(type: String, _ fields: [String: some Encodable]) throws -> WireMessage {
        let texts = try fields.filter { $0.key != "type" }.sorted { $0.key < $1.key }.map { ($0.key, try JSONText.encode($0.value)) }
        return .webSocket(.text, capacity: texts.reduce(32 + type.utf8.count) { $0 + $1.0.utf8.count + $1.1.utf8.count + 4 }) { buffer in
            buffer.writeString(#"{"type":"#)
            JSONString.write(type, into: &buffer)
            for (name, text) in texts {
                buffer.writeString(",")
                JSONString.write(name, into: &buffer)
                buffer.writeString(":" + text)
            }
            buffer.writeString("}")
        }
    }
}

/// The `code` of an error message.
enum WSErrorCode: String {
    case denied
    case invalidMessage = "invalid_message"
    case unknownType = "unknown_type"
    case missingRoom = "missing_room"
    case badName = "bad_name"
    case notMember = "not_member"
    case limit
    case rate
}
