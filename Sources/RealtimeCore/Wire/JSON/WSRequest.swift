//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What a client asks for: the envelope of one text message of the room protocol, `{"type":"broadcast","room":"chat","payload":...}`.
///
/// Read in one pass over the bytes. Of members with the same name the last one counts, unknown ones are passed over. Nothing here points
/// into the bytes: what is large is a range of them, so that it can be written on as it came.
package struct WSRequest: Sendable, Equatable {
    /// The most bytes that the JSON text of an ``id`` may have.
    package static let maxIDLength = 128

    /// What is asked for.
    package let type: Kind
    /// The room it is about. Not checked as a name.
    package let room: String?
    /// The client's own mark for this request, a string or a number, as the JSON text that it sent: an answer repeats it as it is.
    package let id: String?
    /// Where the payload is in the message, any JSON value.
    package let payload: Range<Int>?
    /// Where the whole object is, without the whitespace around it.
    package let whole: Range<Int>

    /// Reads a message, which is UTF-8.
    ///
    /// - Parameters:
    ///   - bytes: the message.
    ///   - maxDepth: the most objects and arrays inside each other, the message's own included.
    package init(parsing bytes: UnsafeRawBufferPointer, maxDepth: Int = JSONScanner.defaultMaxDepth) throws(Problem) {
        var members = Members()
        let object: Range<Int>?
        do throws(JSONProblem) {
            object = try JSONScanner.members(of: bytes, maxDepth: maxDepth) { members.take($0, of: bytes) }
        } catch {
            throw error == .tooDeep ? .tooDeep : .invalidMessage(id: nil)
        }
        guard let object else { throw .invalidMessage(id: nil) }
        // What is there but is not what it should be is not taken for absent.
        let id = members.id.flatMap { Self.idText(of: $0, in: bytes) }
        guard (id == nil) == (members.id == nil) else { throw .invalidMessage(id: nil) }
        guard let type = members.type.flatMap({ Kind($0, in: bytes) }) else { throw .invalidMessage(id: id) }
        let room = members.room.flatMap { JSONString.decode($0, in: bytes) }
        guard (room == nil) == (members.room == nil) else { throw .invalidMessage(id: id) }
        self.type = type
        self.room = room
        self.id = id
        self.payload = members.payload
        self.whole = object
    }

    private static func idText(of value: Range<Int>, in bytes: UnsafeRawBufferPointer) -> String? {
        guard (1...Self.maxIDLength).contains(value.count) else { return nil }
        let raw = UnsafeRawBufferPointer(rebasing: bytes[value])
        switch raw[0] {
        case UInt8(ascii: "\""), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return String(decoding: raw, as: UTF8.self)
        default:
            return nil
        }
    }
}

extension WSRequest {
    /// The kinds of request.
    package enum Kind: Sendable, Equatable {
        case join
        case leave
        case broadcast
        case ping
        case pong
        /// Any other `type`.
        case other(String)

        fileprivate init?(_ value: Range<Int>, in bytes: UnsafeRawBufferPointer) {
            if JSONString.equals("broadcast", value, in: bytes) {
                self = .broadcast
            } else if JSONString.equals("ping", value, in: bytes) {
                self = .ping
            } else if JSONString.equals("pong", value, in: bytes) {
                self = .pong
            } else if JSONString.equals("join", value, in: bytes) {
                self = .join
            } else if JSONString.equals("leave", value, in: bytes) {
                self = .leave
            } else if let type = JSONString.decode(value, in: bytes) {
                self = .other(type)
            } else {
                return nil
            }
        }
    }

    /// Why a message is no request.
    package enum Problem: Error, Sendable, Equatable {
        /// Not a JSON object, or one without a `type`, or with a `type`, `room` or `id` that is not what it should be. Holds the id of a JSON
        /// object that has a good one.
        case invalidMessage(id: String?)
        /// More objects and arrays inside each other than are allowed.
        case tooDeep
    }

    /// Where the members are that a request may have.
    private struct Members {
        var type: Range<Int>?
        var room: Range<Int>?
        var id: Range<Int>?
        var payload: Range<Int>?

        mutating func take(_ member: JSONScanner.Member, of bytes: UnsafeRawBufferPointer) {
            if JSONString.equals("type", member.key, in: bytes) {
                self.type = member.value
            } else if JSONString.equals("room", member.key, in: bytes) {
                self.room = member.value
            } else if JSONString.equals("payload", member.key, in: bytes) {
                self.payload = member.value
            } else if JSONString.equals("id", member.key, in: bytes) {
                self.id = member.value
            }
        }
    }
}
