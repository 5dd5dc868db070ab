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
        case origins(Set<String>)
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
        SSECORS(kind: .origins(Set(origins)))
    }

    func validate() throws(RealtimeError) {
        guard case .origins(let origins) = self.kind else { return }
        for origin in origins {
            let parts = origin.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "http:" || parts[0] == "https:", parts[1].isEmpty, !parts[2].isEmpty,
                !parts[2].contains(where: { "@?#* ,".contains($0) })
            else {
                throw RealtimeError(
                    .invalidConfiguration,
                    "'\(origin)' is not an origin; accepted is scheme://host or scheme://host:port, without a path"
                )
            }
        }
    }

    /// The headers for a response to this request.
    func headers(for request: Request) -> HTTPFields {
        switch self.kind {
        case .disabled:
            return [:]
        case .any:
            return [.accessControlAllowOrigin: "*"]
        case .origins(let origins):
            guard let origin = request.headers[.origin], origins.contains(origin) else { return [.vary: "Origin"] }
            return [.accessControlAllowOrigin: origin, .accessControlAllowCredentials: "true", .vary: "Origin"]
        }
    }

    /// The headers for the answer to a preflight request.
    func preflightHeaders(for request: Request, methods: String) -> HTTPFields {
        var headers = self.headers(for: request)
        guard headers.contains(.accessControlAllowOrigin) else { return headers }
        headers[.accessControlAllowMethods] = methods
        headers[.accessControlAllowHeaders] = "Authorization, Cache-Control, Last-Event-ID, X-API-Key"
        headers[.accessControlMaxAge] = "600"
        return headers
    }
}
