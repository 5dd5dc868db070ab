//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a session is known by to everyone but its client: the SHA-256 digest of its id, as 64 lowercase hexadecimal digits.
///
/// It finds a session and opens none, so that it may stand in stores and lists. ``Authentication/sessionID`` is the text of one.
public struct SessionDigest: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The digits.
    public let description: String

    /// The digest of a session's id.
    ///
    /// SHA-256 without salt or repetition is enough: an id is random, and nobody can try all of them.
    package init(of id: String) {
        self.description = HexDigest.sha256(of: id)
    }

    /// A digest from its text; `nil` for anything but 64 lowercase hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 2 * SHA256.byteCount, text.utf8.allSatisfy(Self.isDigit) else { return nil }
        self.description = text
    }

    /// Reads the text of a digest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = SessionDigest(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A digest has 64 lowercase hexadecimal digits")
        }
        self = digest
    }

    /// Writes the text of the digest.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
