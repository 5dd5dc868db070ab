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

    /// A parameter of the query.
    package static func query(_ name: String, of request: Request) -> PresentedCredential {
        guard let query = request.uri.query else { return .absent }
        guard let fields = try? FormFields(query, names: [name]) else { return .malformed }
        return Self.only(fields.all.map(\.value))
    }

    private static func only(_ values: [String]) -> PresentedCredential {
        guard let value = values.first else { return .absent }
        guard values.count == 1, !value.isEmpty, value.utf8.count <= Self.maxBytes else { return .malformed }
        return .one(value)
    }

    /// What stands behind the scheme, nil for another one; nothing if it is not a token.
    private static func bearerToken(_ value: String) -> String? {
        // By bytes: a space and a combining letter behind it would be one character.
        let scheme = value.utf8.prefix(while: Self.isPartOfScheme)
        guard Substring(scheme).lowercased() == "bearer" else { return nil }
        // From here on bearer is meant: what is wrong behind it must not make room for another credential.
        let rest = value.utf8[scheme.endIndex...]
        let token = rest.drop { $0 == UInt8(ascii: " ") }
        guard rest.startIndex < token.startIndex, token.allSatisfy(Self.isPartOfToken) else { return "" }
        return String(Substring(token))
    }

    /// The signs of `token` (RFC 9110 §5.6.2), of which a scheme consists.
    private static func isPartOfScheme(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
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
