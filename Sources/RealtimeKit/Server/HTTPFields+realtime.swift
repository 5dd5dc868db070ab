//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes

extension HTTPField.Name {
    /// `Last-Event-ID` (WHATWG HTML §9.2.4).
    static let lastEventID = Self.named("Last-Event-ID")
    /// `X-Accel-Buffering`: keeps nginx and its kin from collecting a response before they pass it on.
    static let xAccelBuffering = Self.named("X-Accel-Buffering")

    /// `Forwarded` (RFC 7239).
    static let forwarded = Self.named("Forwarded")
    /// `X-Forwarded-For`, which proxies write; see ``TrustedProxies``.
    static let xForwardedFor = Self.named("X-Forwarded-For")
    /// `X-Forwarded-Proto`.
    static let xForwardedProto = Self.named("X-Forwarded-Proto")
    /// `X-Forwarded-Host`.
    static let xForwardedHost = Self.named("X-Forwarded-Host")
    /// `Sec-Fetch-Site` (W3C Fetch Metadata §2.4).
    static let secFetchSite = Self.named("Sec-Fetch-Site")

    /// For names that are written in this file and are known to be tokens.
    private static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is not a field name") }
        return name
    }
}

extension HTTPFields {
    /// The header fields of every event stream.
    static let eventStream: HTTPFields = [
        .contentType: "text/event-stream",
        // Proxies must neither keep nor change (compress, and therefore collect) what passes.
        .cacheControl: "no-cache, no-transform",
        .xAccelBuffering: "no",
    ]

    /// With one more field, which replaces others of its name.
    func with(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }

    /// With others, beside those of their names.
    func adding(_ others: HTTPFields?) -> HTTPFields {
        guard let others else { return self }
        return self + others
    }

    /// With others, which replace those of their names.
    func merging(_ others: HTTPFields) -> HTTPFields {
        guard !others.isEmpty else { return self }
        var fields = self
        for field in others { fields[field.name] = nil }
        for field in others { fields.append(field) }
        return fields
    }
}
