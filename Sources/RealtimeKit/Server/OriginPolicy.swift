//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Which pages may change something: open a WebSocket, or send a request that is not only read. What pages may read is ``SSECORS``.
///
/// A browser lets any page send such requests, cookies included, and says in `Origin` which page it was (RFC 6454 §7). Clients that are no
/// browsers send no `Origin`, or any; nothing is won by refusing them, as they have nobody's cookies but their own.
///
/// A page is of the server's own origin when the scheme, host and port that it was loaded from are those of the request. Behind a proxy that
/// takes these from the client, the proxy must pass on `Host`, or be one of ``TrustedProxies`` and forward host and scheme. Without trusted
/// proxies a request that comes unencrypted may come from one where TLS ends, so that `https` in `Origin` is accepted as well as `http`. On an
/// encrypted connection `http` never is, unless it is in the list.
///
/// Whatever the policy, a request that a browser marks as `Sec-Fetch-Site: cross-site` and that carries a cookie is refused unless its origin
/// is in the list, and so is a request with two `Origin` headers.
public struct OriginPolicy: Hashable, Sendable {
    private enum Kind: Hashable {
        case listed(OriginList)
        case any
    }

    /// Only pages of the server's own origin. The default.
    public static let sameOrigin = OriginPolicy.origins([])
    /// Every page, those without an origin (`null`) included. Only for endpoints where a cookie alone opens nothing.
    public static let any = OriginPolicy(kind: .any)

    /// Pages of these origins, and of the server's own.
    ///
    /// - Parameters:
    ///   - origins: as a browser sends them, such as `https://app.example.com`. One that is not `http` or `https`, host and optional port is
    ///     refused when the plugin is made.
    ///   - requireOrigin: see ``requireOrigin``.
    public static func origins(_ origins: [String], requireOrigin: Bool = false) -> OriginPolicy {
        OriginPolicy(kind: .listed(OriginList(origins)), requireOrigin: requireOrigin)
    }

    private let kind: Kind
    /// Whether a request without `Origin`, which does not come from a page, is refused; off by default.
    public var requireOrigin = false

    package func validate() throws(RealtimeError) {
        if case .listed(let origins) = self.kind { try origins.validate() }
    }

    /// Whether a request may change something.
    package func allows(_ request: OriginRequest) -> Bool {
        guard request.origins.count <= 1 else { return false }
        let text = request.origins.first
        let origin = text.flatMap { Origin($0) }
        if text == nil, self.requireOrigin { return false }
        if let origin, case .listed(let origins) = self.kind, origins.contains(origin) { return true }
        if request.hasAmbientCredential, request.secFetchSite?.lowercased() == "cross-site" { return false }
        if self.kind == .any || text == nil { return true }
        return origin.map { Self.isOwn($0, request) } ?? false
    }

    private static func isOwn(_ origin: Origin, _ request: OriginRequest) -> Bool {
        guard let host = request.host, Origin(scheme: origin.scheme, authority: host) == origin else { return false }
        if request.isTLS, origin.scheme == .http { return false }
        if request.trustsProxies { return origin.scheme == request.forwardedScheme ?? (request.isTLS ? .https : .http) }
        return true
    }
}
