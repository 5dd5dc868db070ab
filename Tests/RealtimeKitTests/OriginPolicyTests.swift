//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@testable import RealtimeKit

@Suite struct OriginPolicyTests {
    private static let listed = OriginPolicy.origins(["https://app.example.org", "http://old.example.org:8080"])

    /// A request for `https://example.com` over TLS, from this origin.
    private func request(_ origins: String..., isTLS: Bool = true) -> OriginRequest {
        OriginRequest(origins: origins, host: "example.com", isTLS: isTLS)
    }

    // MARK: The rules one by one

    @Test func pagesOfTheServersOwnOriginAreAllowed() {
        #expect(OriginPolicy.sameOrigin.allows(self.request("https://example.com")))
        #expect(OriginPolicy.sameOrigin.allows(self.request("https://EXAMPLE.com:443")))
        #expect(Self.listed.allows(self.request("https://example.com")))
    }

    @Test(arguments: [
        "https://example.com.evil.io", "https://evil-example.com", "https://evil.io", "https://example.co", "https://xexample.com",
        "https://www.example.com", "https://example.com.", "http://example.com", "http://example.com:443", "https://example.com:8443",
        "https://example.com:80", "https://user@example.com", "https://example.com@evil.io", "https://example.com/", "https://example.com#@evil.io",
        "null", "", " ", "example.com", "//example.com", "wss://example.com", "file://", "https://example.com https://evil.io",
        "https://example.com, https://evil.io", "https://app.example.org.evil.io", "http://app.example.org", "http://old.example.org",
    ])
    func strangersAreNot(_ origin: String) {
        #expect(!OriginPolicy.sameOrigin.allows(self.request(origin)))
        #expect(!Self.listed.allows(self.request(origin)))
        // A credential changes nothing about it, one way or the other.
        var request = self.request(origin)
        request.hasAmbientCredential = true
        #expect(!OriginPolicy.sameOrigin.allows(request))
    }

    @Test(arguments: [OriginPolicy.sameOrigin, Self.listed, .any])
    func twoOriginsAreNoneOfThem(_ policy: OriginPolicy) {
        #expect(!policy.allows(self.request("https://example.com", "https://example.com")))
        #expect(!policy.allows(self.request("https://app.example.org", "https://evil.io")))
        #expect(!policy.allows(self.request("https://evil.io", "https://app.example.org")))
    }

    @Test(arguments: ["https://app.example.org", "HTTPS://APP.example.org:443", "http://old.example.org:8080"], [true, false])
    func listedPagesAreAllowedWhereverTheyAskFrom(_ origin: String, isTLS: Bool) {
        #expect(Self.listed.allows(self.request(origin, isTLS: isTLS)))
        #expect(!OriginPolicy.sameOrigin.allows(self.request(origin, isTLS: isTLS)))
    }

    @Test func aMissingOriginIsAcceptedUnlessItIsRequired() {
        #expect(OriginPolicy.sameOrigin.allows(self.request()))
        var strict = OriginPolicy.sameOrigin
        strict.requireOrigin = true
        #expect(!strict.allows(self.request()))
        #expect(strict.allows(self.request("https://example.com")))
        #expect(!OriginPolicy.origins([], requireOrigin: true).allows(self.request()))
        #expect(OriginPolicy.origins(["https://app.example.org"], requireOrigin: true).allows(self.request("https://app.example.org")))
        var any = OriginPolicy.any
        any.requireOrigin = true
        #expect(!any.allows(self.request()))
        #expect(any.allows(self.request("null")))
    }

    @Test(arguments: ["https://evil.io", "http://example.com", "null", "nonsense"])
    func anyPageMeansAny(_ origin: String) {
        #expect(OriginPolicy.any.allows(self.request(origin)))
    }

    @Test func onAPlainListenerTLSMayEndAtAProxy() {
        #expect(OriginPolicy.sameOrigin.allows(self.request("https://example.com", isTLS: false)))
        #expect(OriginPolicy.sameOrigin.allows(self.request("http://example.com", isTLS: false)))
        #expect(!OriginPolicy.sameOrigin.allows(self.request("https://example.com:80", isTLS: false)))
        #expect(!OriginPolicy.sameOrigin.allows(self.request("https://example.com:8080", isTLS: false)))
        let withPort = OriginRequest(origins: ["https://example.com:8443"], host: "example.com:8443")
        #expect(OriginPolicy.sameOrigin.allows(withPort))
    }

    @Test func withTrustedProxiesTheSchemeIsKnown() {
        var request = OriginRequest(origins: ["https://example.com"], host: "example.com", trustsProxies: true)
        #expect(!OriginPolicy.sameOrigin.allows(request))
        request.forwardedScheme = .https
        #expect(OriginPolicy.sameOrigin.allows(request))
        request.origins = ["http://example.com"]
        #expect(!OriginPolicy.sameOrigin.allows(request))
        request.forwardedScheme = .http
        #expect(OriginPolicy.sameOrigin.allows(request))
        request.forwardedScheme = nil
        #expect(OriginPolicy.sameOrigin.allows(request))
    }

    @Test func plainPagesAreStrangersOnAnEncryptedConnectionWhateverAProxySays() {
        var request = self.request("http://example.com")
        request.trustsProxies = true
        request.forwardedScheme = .http
        #expect(!OriginPolicy.sameOrigin.allows(request))
    }

    @Test(arguments: [nil, "", "evil.io", "example.com@evil.io", "example.com,example.com", "example.com/"])
    func aHostThatCannotBeReadIsNobodys(_ host: String?) {
        #expect(!OriginPolicy.sameOrigin.allows(OriginRequest(origins: ["https://example.com"], host: host, isTLS: true)))
        #expect(Self.listed.allows(OriginRequest(origins: ["https://app.example.org"], host: host, isTLS: true)))
        #expect(OriginPolicy.sameOrigin.allows(OriginRequest(origins: [], host: host, isTLS: true)))
    }

    @Test(arguments: ["cross-site", "Cross-Site"])
    func cookiesDoNotComeFromOtherSites(_ site: String) {
        var request = self.request("https://example.com")
        request.secFetchSite = site
        #expect(OriginPolicy.sameOrigin.allows(request))
        request.hasAmbientCredential = true
        #expect(!OriginPolicy.sameOrigin.allows(request))
        request.origins = []
        #expect(!OriginPolicy.sameOrigin.allows(request))
        #expect(!OriginPolicy.any.allows(request))
        request.origins = ["https://evil.io"]
        #expect(!OriginPolicy.any.allows(request))
        request.origins = ["https://app.example.org"]
        #expect(Self.listed.allows(request))
        #expect(!OriginPolicy.sameOrigin.allows(request))
    }

    @Test(arguments: ["same-origin", "same-site", "none", "", "cross-site, none", "nonsense"])
    func otherWordsForTheSiteChangeNothing(_ site: String) {
        var request = self.request()
        request.secFetchSite = site
        request.hasAmbientCredential = true
        #expect(OriginPolicy.sameOrigin.allows(request))
        request.origins = ["https://example.com"]
        #expect(OriginPolicy.sameOrigin.allows(request))
        request.origins = ["https://evil.io"]
        #expect(!OriginPolicy.sameOrigin.allows(request))
    }

    @Test(arguments: ["null", "*", "https://example.com/", "https://*.example.com", "app.example.org", ""])
    func aListRefusesWhatIsNoOrigin(_ origin: String) {
        let message = "'\(origin)' is not an origin; accepted is scheme://host or scheme://host:port, without a path"
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try OriginPolicy.origins(["https://a.example", origin]).validate() }
    }

    @Test func goodPoliciesAreAccepted() throws {
        try OriginPolicy.sameOrigin.validate()
        try OriginPolicy.any.validate()
        try Self.listed.validate()
        #expect(OriginPolicy.origins([]) == .sameOrigin)
    }

    // MARK: Everything at once

    @Test(arguments: [true, false], [true, false])
    func agreesWithTheRulesInPlainWordsForEveryRequest(isTLS: Bool, requireOrigin: Bool) {
        for model in OriginPolicyModel.all(requireOrigin: requireOrigin) {
            for request in OriginPolicyModel.requests(isTLS: isTLS) {
                #expect(model.policy.allows(request) == model.allows(request), "\(request)")
            }
        }
    }
}
