//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The name of one connection: 128 random bits, written as 32 lowercase hexadecimal digits.
///
/// An id is unguessable, so it may be shown to its own client, but it is not a credential.
public struct ConnectionID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Makes a new random id from the system's secure random source.
    public init() {
        var generator = SystemRandomNumberGenerator()
        self.high = generator.next()
        self.low = generator.next()
    }
}

extension ConnectionID: LosslessStringConvertible {
    /// Reads an id from its 32 hexadecimal digits; anything else gives `nil`.
    public init?(_ description: String) {
        var value: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        for byte in description.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            guard count < 32 else { return nil }
            if count < 16 {
                value.high = value.high << 4 | UInt64(digit)
            } else {
                value.low = value.low << 4 | UInt64(digit)
            }
            count += 1
        }
        guard count == 32 else { return nil }
        self.high = value.high
        self.low = value.low
    }

    /// The 32 hexadecimal digits of the id.
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            for index in 0..<16 {
                let shift = UInt64(60 - 4 * index)
                digits[index] = Self.digit(self.high >> shift)
                digits[16 + index] = Self.digit(self.low >> shift)
            }
            return 32
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}

extension ConnectionID: Codable {
    /// Reads the id from a string of 32 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ConnectionID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A connection id is 32 lowercase hexadecimal digits.")
        }
        self = id
    }

    /// Writes the id as a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }
}
