//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What an ``OriginPolicy`` needs to know of a request.
package struct OriginRequest: Hashable, Sendable {
    /// All values of `Origin`, each line as it came.
    package var origins: [String]
    /// The host, with the port if there is one, that the client asked for: what a trusted proxy forwarded, or else the request's own.
    package var host: String?
    /// Whether the connection itself is encrypted.
    package var isTLS: Bool
    /// Whether any proxies are trusted, be the peer one of them or not.
    package var trustsProxies: Bool
    /// The scheme that a trusted proxy forwarded.
    package var forwardedScheme: Origin.Scheme?
    /// `Sec-Fetch-Site` (W3C Fetch Metadata §2.4), which pages cannot write.
    package var secFetchSite: String?
    /// Whether the request has a credential that a browser sends by itself, such as a cookie.
    package var hasAmbientCredential: Bool

    package init(
        origins: [String],
        host: String?,
        isTLS: Bool = false,
        trustsProxies: Bool = false,
        forwardedScheme: Origin.Scheme? = nil,
        secFetchSite: String? = nil,
        hasAmbientCredential: Bool = false
    ) {
        self.origins = origins
        self.host = host
        self.isTLS = isTLS
        self.trustsProxies = trustsProxies
        self.forwardedScheme = forwardedScheme
        self.secFetchSite = secFetchSite
        self.hasAmbientCredential = hasAmbientCredential
    }
}
