//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// Makes tokens. Header and payload are JSON texts, so that they can be wrong in every way.
enum TestToken {
    /// The present of the tests.
    static let now = Date(timeIntervalSince1970: 1_000_000)
    /// A payload that is good at that time.
    static let payload = #"{"sub":"ada","exp":1000060}"#

    static func make(_ header: String = #"{"alg":"HS256"}"#, _ payload: String = Self.payload, by signer: TestSigner) throws -> String {
        try Self.sign(Self.encode(Array(header.utf8)) + "." + Self.encode(Array(payload.utf8)), by: signer)
    }

    /// Puts a signature behind whatever stands before it.
    static func sign(_ text: String, by signer: TestSigner) throws -> String {
        try text + "." + Self.encode(signer.sign(Array(text.utf8)))
    }

    static func encode(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString()
        return String(text.filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    static func encode(_ data: Data) -> String { Self.encode(Array(data)) }
}
