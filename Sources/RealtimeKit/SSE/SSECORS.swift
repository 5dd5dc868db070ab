//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird

/// Which origins' pages may read a stream (WHATWG Fetch §3.2).
public struct SSECORS: Sendable {
    private enum Kind: Sendable {
        case any
        case origins(OriginList)
        case disabled
    }

    private let kind: Kind

    /// Every origin, without credentials: `Access-Control-Allow-Origin: *`. The default.
    public static let any = SSECORS(kind: .any)
    /// No CORS headers: only pages of the server's own origin can read the stream.
    public static let disabled = SSECORS(kind: .disabled)

    /// These origins, with credentials (cookies, `EventSource` with `withCredentials`).
    ///
    /// - Parameter origins: as a browser sends them, such as `https://app.example.com`. One that is not scheme, host and optional port is
    ///   refused when the plugin is made.
    public static func origins(_ origins: [String]) -> SSECORS {
        SSECORS(kind: .origins(OriginList(origins)))
    }

    func validate() throws(RealtimeError) {
        if case .origins(let origins) = self.kind { try origins.validate() }
    }

    /// The headers for a response to this request.
    func headers(for request: Request) -> HTTPFields {
        switch self.kind {
        case .disabled:
            return [:]
        case .any:
            return [.accessControlAllowOrigin: "*"]
        case .origins(let origins):
            guard let text = request.headers[.origin], let origin = Origin(text), origins.contains(origin) else { return [.vary: "Origin"] }
            return [.accessControlAllowOrigin: text, .accessControlAllowCredentials: "true", .vary: "Origin"]
        }
    }

    /// The headers for the answer to a preflight request.
    func preflightHeaders(for request: Request, methods: String) -> HTTPFields {
        var headers = self.headers(for: request)
        guard headers.contains(.accessControlAllowOrigin) else { return headers }
        headers[.accessControlAllowMethods] = methods
        // Which header fields an application reads is its own affair; that another page may send them is decided with the origin.
        headers[.accessControlAllowHeaders] =
            request.headers[.accessControlRequestHeaders] ?? "Authorization, Cache-Control, Content-Type, Last-Event-ID, X-API-Key"
        headers[.vary] = [headers[.vary], "Access-Control-Request-Headers"].compactMap { $0 }.joined(separator: ", ")
        headers[.accessControlMaxAge] = "600"
        return headers
    }
}
