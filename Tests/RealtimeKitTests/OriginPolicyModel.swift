//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

@testable import RealtimeKit

/// A policy beside its rules in plain words. It cannot read an origin: it knows the few that it is asked about.
struct OriginPolicyModel {
    private static let own: Set = ["https://example.com", "https://EXAMPLE.com:443", "http://example.com", "http://example.com:80"]
    private static let ownOnAnotherPort: Set = ["https://example.com:8443", "http://example.com:8443"]
    private static let strangers = [
        "https://example.com.evil.io", "https://evil-example.com", "https://u@example.com", "null", "", "https://example.com:80",
    ]
    private static let list = "https://app.example.org"

    let policy: OriginPolicy
    private let isAny: Bool
    private let hasList: Bool

    private init(_ policy: OriginPolicy, requireOrigin: Bool, isAny: Bool = false, hasList: Bool = false) {
        var policy = policy
        policy.requireOrigin = requireOrigin
        self.policy = policy
        self.isAny = isAny
        self.hasList = hasList
    }

    static func all(requireOrigin: Bool) -> [OriginPolicyModel] {
        [
            OriginPolicyModel(.sameOrigin, requireOrigin: requireOrigin),
            OriginPolicyModel(.origins([Self.list]), requireOrigin: requireOrigin, hasList: true),
            OriginPolicyModel(.any, requireOrigin: requireOrigin, isAny: true),
        ]
    }

    static func requests(isTLS: Bool) -> [OriginRequest] {
        let single = Self.own.sorted() + Self.ownOnAnotherPort.sorted() + Self.strangers + [Self.list]
        let origins = [[]] + single.map { [$0] } + [[Self.list, Self.list], [Self.list, "null"]]
        var requests: [OriginRequest] = []
        for origins in origins {
            for host in [nil, "example.com", "example.com:8443", "evil.io"] {
                for (trustsProxies, scheme) in [(false, nil), (true, nil), (true, .http), (true, .https)] as [(Bool, Origin.Scheme?)] {
                    for site in [nil, "same-origin", "cross-site"] {
                        for hasAmbientCredential in [true, false] {
                            requests.append(
                                OriginRequest(
                                    origins: origins,
                                    host: host,
                                    isTLS: isTLS,
                                    trustsProxies: trustsProxies,
                                    forwardedScheme: scheme,
                                    secFetchSite: site,
                                    hasAmbientCredential: hasAmbientCredential
                                )
                            )
                        }
                    }
                }
            }
        }
        return requests
    }

    func allows(_ request: OriginRequest) -> Bool {
        if request.origins.count == 2 { return false }
        if request.origins.isEmpty, self.policy.requireOrigin { return false }
        let isListed = self.hasList && request.origins == [Self.list]
        if request.secFetchSite == "cross-site", request.hasAmbientCredential, !isListed { return false }
        if request.origins.isEmpty || isListed || self.isAny { return true }
        return self.isOwn(request.origins[0], request)
    }

    private func isOwn(_ origin: String, _ request: OriginRequest) -> Bool {
        switch request.host {
        case "example.com": guard Self.own.contains(origin) else { return false }
        case "example.com:8443": guard Self.ownOnAnotherPort.contains(origin) else { return false }
        default: return false
        }
        switch (request.isTLS, request.trustsProxies, request.forwardedScheme) {
        case (true, false, _), (true, true, nil), (_, true, .https): return origin.hasPrefix("https:")
        case (true, true, .http): return false
        case (false, true, nil), (false, true, .http): return origin.hasPrefix("http:")
        case (false, false, _): return true
        }
    }
}
