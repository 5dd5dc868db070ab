//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Texts that nobody can guess, from the system's secure random source.
enum RandomText {
    private static let lettersAndDigits = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)

    /// Letters and digits, of which 43 hold 256 bits.
    static func lettersAndDigits(count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<count).compactMap { _ in Self.lettersAndDigits.randomElement(using: &generator) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Random bytes in Base64 for URLs (RFC 4648 §5) without padding; 32 by default, 256 bits in 43 signs.
    static func base64URL(bytes count: Int = 32) -> String {
        var generator = SystemRandomNumberGenerator()
        let base64 = Data((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }).base64EncodedString()
        let signs = base64.utf8.compactMap { sign -> UInt8? in
            switch sign {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: sign
            }
        }
        return String(decoding: signs, as: UTF8.self)
    }
}
