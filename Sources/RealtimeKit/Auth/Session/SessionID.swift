//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The secret by which a client names its session. Stores know it by its ``SessionDigest`` alone.
package enum SessionID {
    /// How many characters an id may have. The shortest has 120 bits when each character is chosen at random.
    package static let length = 20...128

    /// A new id: 256 random bits in base64url (RFC 4648 §5), which are 43 characters.
    package static func random() -> String { RandomText.base64URL() }

    /// Whether a text can be an id. What cannot is not looked up.
    package static func isWellFormed(_ text: String) -> Bool {
        Self.length.contains(text.utf8.count) && text.utf8.allSatisfy(Self.isPart)
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
