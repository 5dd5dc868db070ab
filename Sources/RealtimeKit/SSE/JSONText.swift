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

/// Payloads as JSON text: dates in ISO 8601, slashes as they are.
enum JSONText {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = .withoutEscapingSlashes
        return encoder
    }()

    private static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    /// Encodes a value; throws what its `encode(to:)` throws.
    static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try Self.encoder.encode(value), as: UTF8.self)
    }

    /// Reads a value; throws what its `init(from:)` throws, and `DecodingError` for what is not JSON.
    static func decode<Value: Decodable>(_ type: Value.Type, from json: ByteBuffer) throws -> Value {
        try Self.decoder.decode(type, from: Data(json.readableBytesView))
    }
}
