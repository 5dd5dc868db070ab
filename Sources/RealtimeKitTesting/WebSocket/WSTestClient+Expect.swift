//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
public import NIOCore
public import RealtimeCore
import RealtimeKit

/// Waiting for certain messages.
extension WSTestClient {
    private struct Typed: Decodable {
        let type: String
    }

    /// Waits for the next text with JSON of a type, `{"type":"joined",...}`; other messages are dropped.
    ///
    /// - Returns: the text.
    /// - Throws: ``BrokenResponse`` when the connection ends before.
    @discardableResult
    public func next(_ type: String) async throws -> String {
        while true {
            guard let text = try await self.next().text else { continue }
            if (try? JSONDecoder().decode(Typed.self, from: Data(text.utf8)))?.type == type { return text }
        }
    }

    /// Waits for the next text with JSON of a type, and reads it; other messages are dropped.
    ///
    /// - Throws: ``BrokenResponse`` when the connection ends before, and what reading the message throws.
    public func next<Value: Decodable>(_ type: String, as value: Value.Type) async throws -> Value {
        try JSONDecoder().decode(value, from: Data(try await self.next(type).utf8))
    }

    /// Waits for the next message and for its being a certain text.
    ///
    /// - Throws: ``BrokenResponse`` when it is another one, which the error shows.
    public func expect(_ text: String) async throws {
        let message = try await self.next()
        guard message.text == text else { throw BrokenResponse(what: "expected '\(text)', but got \(Self.words(for: message))") }
    }

    /// Waits for the next message and for its being JSON that means the same as a value's; neither order nor spaces count.
    ///
    /// - Throws: ``BrokenResponse`` when it is another one, which the error shows.
    public func expect(json value: some Encodable) async throws {
        let data = try JSONEncoder().encode(value)
        let expected = try JSONDecoder().decode(TestJSON.self, from: data)
        let message = try await self.next()
        guard let text = message.text, (try? JSONDecoder().decode(TestJSON.self, from: Data(text.utf8))) == expected else {
            throw BrokenResponse(what: "expected '\(String(decoding: data, as: UTF8.self))', but got \(Self.words(for: message))")
        }
    }

    /// Waits for the next message and for its being certain bytes.
    ///
    /// - Throws: ``BrokenResponse`` when it is another one, which the error shows.
    public func expect(binary bytes: ByteBuffer) async throws {
        let message = try await self.next()
        guard message == .binary(bytes) else {
            throw BrokenResponse(what: "expected \(bytes.readableBytes) bytes, but got \(Self.words(for: message))")
        }
    }

    /// Waits for the message `connected`, which is the first one of an endpoint with rooms.
    ///
    /// - Returns: the id of the connection, under which the server's side finds it.
    /// - Throws: ``BrokenResponse`` when the first message is another one.
    public func connectionID() async throws -> ConnectionID {
        struct Greeting: Decodable {
            let type: String
            let id: ConnectionID
        }
        let message = try await self.next()
        guard let text = message.text, let greeting = try? JSONDecoder().decode(Greeting.self, from: Data(text.utf8)),
            greeting.type == "connected"
        else { throw BrokenResponse(what: "expected 'connected', but got \(Self.words(for: message))") }
        return greeting.id
    }

    private static func words(for message: WSMessage) -> String {
        guard let text = message.text else {
            return "\(message.bytes.readableBytes) bytes: \(message.bytes.hexDump(format: .compact(maxBytes: 64)))"
        }
        return "'\(text.prefix(1000))'"
    }
}
