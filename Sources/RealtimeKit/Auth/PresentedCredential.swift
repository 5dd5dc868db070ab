//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import HTTPTypes
package import Hummingbird

/// What a request brings of one kind of credential. The value is checked by nobody yet.
package enum PresentedCredential: Hashable, Sendable {
    case absent
    case one(String)
    /// There is something that cannot be a good credential: more than one, nothing in it, or too much.
    case malformed

    /// A longer credential is none.
    package static let maxBytes = 8 << 10

    /// A header field that holds nothing but the credential.
    package static func header(_ name: HTTPField.Name, of request: Request) -> PresentedCredential {
        Self.only(request.headers[values: name])
    }

    /// The token of `Authorization: Bearer` (RFC 6750 §2.1). The scheme is written in any case (RFC 9110 §11.1); other schemes are not meant.
    package static func bearer(of request: Request) -> PresentedCredential {
        let values = request.headers[values: .authorization]
        let tokens = values.map { Self.bearerToken($0) }
        guard tokens.contains(where: { $0 != nil }) else { return .absent }
        // Whoever sends two wants one to be overlooked.
        guard values.count == 1, let token = tokens[0] else { return .malformed }
        return Self.only([token])
    }

    /// A cookie (RFC 6265 §5.4). Two of a name are malformed: one of them may be another site's doing.
    package static func cookie(_ name: String, of request: Request) -> PresentedCredential {
        Self.only(CookieField.values(of: name, in: request.headers[values: .cookie]))
    }

    private static func only(_ values: [String]) -> PresentedCredential {
        guard let value = values.first else { return .absent }
        guard values.count == 1, !value.isEmpty, value.utf8.count <= Self.maxBytes else { return .malformed }
        return .one(value)
    }

    /// What stands behind the scheme, nil for another one.
    private static func bearerToken(_ value: String) -> String? {
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let scheme = parts.first, scheme.lowercased() == "bearer" else { return nil }
        guard parts.count == 2 else { return "" }
        let token = String(parts[1].drop { $0 == " " })
        return token.utf8.allSatisfy(Self.isPartOfToken) ? token : ""
    }

    /// The signs of `token68` (RFC 9110 §11.2).
    private static func isPartOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): true
        default: false
        }
    }
}
