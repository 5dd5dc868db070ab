//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto
public import RealtimeCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A key that a program shows to say for whom it asks: `<prefix>_<id>_<secret>`.
///
/// The prefix says what kind of text it is, to people and to programs that look for lost keys. The id finds the key's record. The secret is
/// known to its owner alone: a store holds a digest of the key, see ``APIKeyRecord``.
///
/// Printing a key shows its prefix and id, not its secret.
public struct APIKey: Sendable {
    /// The prefix of keys unless another is asked for: `rtk`.
    public static let defaultPrefix = "rtk"

    /// What the key begins with.
    public let prefix: String
    /// The name of the key, which is no secret.
    public let id: String
    /// The whole key. To be shown to its owner once, and kept nowhere.
    public let text: String

    /// Reads a key.
    ///
    /// - Parameters:
    ///   - text: the prefix, an id of 1 to 32 letters and digits, a secret of at least 32 letters and digits (ASCII), with underscores in
    ///     between, and 8 KiB at most. Anything else gives `nil`.
    ///   - prefix: what the key has to begin with; upper and lower case differ.
    public init?(_ text: String, prefix: String = Self.defaultPrefix) {
        guard text.utf8.count <= PresentedCredential.maxBytes else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual(prefix.utf8), (1...32).contains(parts[1].count), parts[2].count >= 32 else { return nil }
        guard parts.allSatisfy({ $0.allSatisfy(\.isLetterOrDigit) }) else { return nil }
        self.prefix = prefix
        self.id = String(Substring(parts[1]))
        self.text = text
    }

    /// Makes a key with an id of 16 signs and a secret of 256 random bits, from the system's secure random source.
    ///
    /// - Parameters:
    ///   - userID: whose key it is.
    ///   - scopes: what it is good for, in the application's own words.
    ///   - expiresAt: when it stops being valid; `nil` when it does not.
    ///   - prefix: 1 to 32 letters and digits (ASCII).
    /// - Returns: the key, to be shown once, and the record to be stored.
    /// - Throws: ``RealtimeError`` (`invalid_configuration`) for another prefix.
    public static func generate(
        userID: String,
        scopes: Set<String> = [],
        expiresAt: Date? = nil,
        prefix: String = Self.defaultPrefix
    ) throws(RealtimeError) -> (key: APIKey, record: APIKeyRecord) {
        try Self.validate(prefix: prefix)
        let key = APIKey(prefix: prefix, id: RandomText.lettersAndDigits(count: 16), secret: RandomText.lettersAndDigits(count: 43))
        return (key, APIKeyRecord(key, userID: userID, scopes: scopes, expiresAt: expiresAt))
    }

    private init(prefix: String, id: String, secret: String) {
        self.prefix = prefix
        self.id = id
        self.text = "\(prefix)_\(id)_\(secret)"
    }

    static func validate(prefix: String) throws(RealtimeError) {
        guard (1...32).contains(prefix.utf8.count), prefix.utf8.allSatisfy(\.isLetterOrDigit) else {
            let shown = prefix.printable(upTo: 60)
            throw RealtimeError(.invalidConfiguration, "the prefix '\(shown)' of API keys is not accepted; 1 to 32 letters and digits are")
        }
    }

    /// The SHA-256 of the whole key, so that a secret is good for its own id only.
    var digest: SHA256Digest { SHA256.hash(data: Data(self.text.utf8)) }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The key without its secret.
    public var description: String { "\(self.prefix)_\(self.id)_..." }
    /// The key without its secret.
    public var debugDescription: String { self.description }
    /// The key without its secret.
    public var customMirror: Mirror { Mirror(self, children: ["prefix": self.prefix, "id": self.id]) }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
