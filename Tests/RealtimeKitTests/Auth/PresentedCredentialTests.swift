//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import Testing

@testable import RealtimeKit

/// What a request brings of a credential.
@Suite struct PresentedCredentialTests {
    private static let long = String(repeating: "x", count: PresentedCredential.maxBytes)

    // MARK: Bearer

    @Test(arguments: ["Bearer", "bearer", "BEARER", "bEaReR"]) func theSchemeIsWrittenInAnyCase(_ scheme: String) throws {
        let request = try sampleRequest("/", [("Authorization", "\(scheme) abc.DEF-123_~+/==")])
        #expect(PresentedCredential.bearer(of: request) == .one("abc.DEF-123_~+/=="))
    }

    @Test func severalBlanksMayStandBehindTheScheme() throws {
        #expect(PresentedCredential.bearer(of: try sampleRequest("/", [("Authorization", "Bearer   abc")])) == .one("abc"))
    }

    @Test(arguments: ["Basic YTpi", "Digest username=x", "Bearerish abc", "Bearer-Token abc", "X", "", "abc", "\u{301}Bearer abc"])
    func anotherSchemeIsNotMeant(_ value: String) throws {
        #expect(PresentedCredential.bearer(of: try sampleRequest("/", [("Authorization", value)])) == .absent)
        #expect(PresentedCredential.bearer(of: try sampleRequest()) == .absent)
    }

    @Test(arguments: [
        "Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer a, Bearer b", "Bearer \u{e4}", "Bearer \u{301}abc", "Bearer\u{301} abc",
        "Bearer\tabc",
        "Bearer: abc", "Bearer=abc", "Bearer, abc", "Bearer \"abc\"", "Bearer a\tb", "Bearer %61",
    ])
    func whatIsWrongBehindTheSchemeIsNotPassedOver(_ value: String) throws {
        #expect(PresentedCredential.bearer(of: try sampleRequest("/", [("Authorization", value)])) == .malformed)
    }

    @Test func twoAuthorizationsAreMalformedIfOneIsABearers() throws {
        for values in [
            ["Bearer a", "Bearer a"], ["Bearer a", "Bearer b"], ["Basic YTpi", "bearer a"], ["Bearer a", "Basic YTpi"], ["Bearer a", ""],
        ] {
            let request = try sampleRequest("/", values.map { ("Authorization", $0) })
            #expect(PresentedCredential.bearer(of: request) == .malformed, "\(values)")
        }
        #expect(PresentedCredential.bearer(of: try sampleRequest("/", [("Authorization", "Basic a"), ("Authorization", "Basic b")])) == .absent)
    }

    @Test func aTokenMayHave8KiBAndNoMore() throws {
        #expect(PresentedCredential.maxBytes == 8192)
        #expect(PresentedCredential.bearer(of: try sampleRequest("/", [("Authorization", "Bearer " + Self.long)])) == .one(Self.long))
        #expect(PresentedCredential.bearer(of: try sampleRequest("/", [("Authorization", "Bearer x" + Self.long)])) == .malformed)
    }

    @Test func aTokenThatComesAnotherWayIsBoundedToo() async throws {
        let resolver = BearerTokenResolver { TestUser(id: $0) }
        #expect(try await resolver.resolve(token: "a").word == "a")
        #expect(try await resolver.resolve(token: Self.long).word == Self.long)
        #expect(try await resolver.resolve(token: Self.long + "x").word == "rejected")
        #expect(try await resolver.resolve(token: "").word == "rejected")
    }

    // MARK: Others

    @Test func aHeaderHoldsOneCredentialOrNone() throws {
        let name = try #require(HTTPField.Name("x-api-key"))
        func presented(_ values: String...) throws -> PresentedCredential {
            PresentedCredential.header(name, of: try sampleRequest("/", values.map { ("X-API-Key", $0) }))
        }
        #expect(try presented() == .absent)
        #expect(try presented("k") == .one("k"))
        #expect(try presented(Self.long) == .one(Self.long))
        #expect(try presented("") == .malformed)
        #expect(try presented("k", "k") == .malformed)
        #expect(try presented("", "k") == .malformed)
        #expect(try presented(Self.long + "x") == .malformed)
    }

    @Test func aCookieOfANameIsThereOnce() throws {
        func presented(_ values: String...) throws -> PresentedCredential {
            PresentedCredential.cookie("session", of: try sampleRequest("/", values.map { ("Cookie", $0) }))
        }
        #expect(try presented() == .absent)
        #expect(try presented("a=b; sessions=1; Session=2; xsession=3") == .absent)
        #expect(try presented("a=b; session=x; c=d") == .one("x"))
        #expect(try presented("a=b", "session=x", "c=d") == .one("x"))
        #expect(try presented("session=x; session=x") == .malformed)
        #expect(try presented("session=x", "session=y") == .malformed)
        #expect(try presented("session=") == .malformed)
        #expect(try presented("session=\"\"") == .malformed)
        #expect(try presented("session=" + Self.long) == .one(Self.long))
        #expect(try presented("session=x" + Self.long) == .malformed)
    }

    @Test(
        arguments: [
            ("/", .absent), ("/?", .absent), ("/?a=b", .absent), ("/?tickets=a&xticket=b&Ticket=c", .absent), ("/?ticket=a", .one("a")),
            ("/?a=b&ticket=a%2Bb&c", .one("a+b")), ("/?ticket=", .malformed), ("/?ticket", .malformed), ("/?ticket=a&ticket=a", .malformed),
            ("/?ticket=a&ticket=", .malformed), ("/?ticket=%zz", .malformed), ("/?ticket=%ff", .malformed), ("/?a=%zz&ticket=a", .one("a")),
        ] as [(String, PresentedCredential)]
    )
    func aParameterOfTheQueryIsThereOnce(target: String, expected: PresentedCredential) throws {
        #expect(PresentedCredential.query("ticket", of: try sampleRequest(target)) == expected)
    }

    @Test func aParameterOfTheQueryMayHave8KiB() throws {
        #expect(PresentedCredential.query("t", of: try sampleRequest("/?t=\(Self.long)")) == .one(Self.long))
        #expect(PresentedCredential.query("t", of: try sampleRequest("/?t=x\(Self.long)")) == .malformed)
    }
}
