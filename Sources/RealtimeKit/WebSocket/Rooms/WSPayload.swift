//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A JSON value that a client has sent, well-formed, as it came.
public struct WSPayload: Sendable {
    /// The JSON text in UTF-8.
    public let json: ByteBuffer

    /// The value of a message that has none.
    static let null = WSPayload(ByteBuffer(string: "null"))

    private init(_ json: ByteBuffer) {
        self.json = json
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        self.json = ByteBuffer(bytes: bytes)
    }

    /// Reads the value.
    ///
    /// - Throws: `DecodingError` when it is not of that kind.
    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try JSONText.decode(type, from: self.json)
    }
}
