//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import RealtimeKit
import Testing

@testable import RealtimeKitJWT

/// What a request's token makes of the request.
@Suite struct JWTResolverTests {
    private struct Member: Identifiable, Sendable {
        let id: Int
    }

    private struct Person: Sendable {
        let name: String
    }

    private struct StoreFailure: Error {}

    private let logs = LogRecorder()

    private func resolve<User>(_ resolver: some AuthResolver<User>, _ fields: (HTTPField.Name, String)...) async throws -> AuthOutcome<User> {
        var headers = HTTPFields()
        for (name, value) in fields { headers.append(HTTPField(name: name, value: value)) }
        let request = Request(
            head: HTTPRequest(method: .get, scheme: "https", authority: "example.com", path: "/sse", headerFields: headers),
            body: RequestBody(buffer: ByteBuffer())
        )
        let source = ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: self.logs.logger)
        return try await resolver.resolve(request, context: BasicRequestContext(source: source))
    }

    private func person() async throws -> JWTResolver<Person> {
        JWTResolver(try await JWTVerifier.hmac()) { Person(name: $0.subject) }
    }

    private func cookie() async throws -> JWTResolver<Person> {
        JWTResolver(try await JWTVerifier.hmac(), source: .cookie("jwt")) { Person(name: $0.subject) }
    }

    private func token(_ payload: String = TestToken.payload, by signer: TestSigner = .hmac(TestKeys.secret)) throws -> String {
        try TestToken.make(#"{"alg":"HS256"}"#, payload, by: signer)
    }

    // MARK: Headers

    @Test func aGoodTokenOfAHeaderIsAUser() async throws {
        let payload = #"{"sub":"ada","exp":1000060,"jti":"t-1","sid":"s-1","scope":"read write"}"#
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let found = try #require(
                try await self.resolve(self.person(), (.authorization, "\(scheme) \(self.token(payload))")).authentication
            )
            #expect(found.user.name == "ada")
            #expect(found.userID == "ada")
            #expect(found.method == .bearer)
            #expect(found.isAmbient == false)
            #expect(found.expiresAt == Date(timeIntervalSince1970: 1_000_060))
            #expect(found.tokenID == "t-1")
            #expect(found.sessionID == "s-1")
            #expect(found.scopes == ["read", "write"])
        }
    }

    @Test func aRequestWithoutATokenIsNobodys() async throws {
        #expect(try await self.resolve(self.person()).isNone)
        #expect(try await self.resolve(self.person(), (.authorization, "Basic YTpi")).isNone)
        #expect(try await self.resolve(self.person(), (.cookie, "jwt=\(self.token())")).isNone)
    }

    @Test(arguments: ["opaque", "a.b.c", "", "e30.e30.e30"])
    func aBearerTokenThatIsNoGoodTokenIsRefused(_ text: String) async throws {
        #expect(try await self.resolve(self.person(), (.authorization, "Bearer \(text)")).isRejected)
    }

    @Test func badTokensAndDoublesAreRefused() async throws {
        let (good, expired) = (try self.token(), try self.token(#"{"sub":"ada","exp":1}"#))
        #expect(try await self.resolve(self.person(), (.authorization, "Bearer \(expired)")).isRejected)
        #expect(try await self.resolve(self.person(), (.authorization, "Bearer \(self.token(by: .garbage))")).isRejected)
        #expect(try await self.resolve(self.person(), (.authorization, "Bearer \(good)"), (.authorization, "Bearer \(good)")).isRejected)
        #expect(try await self.resolve(self.person(), (.authorization, "Bearer \(good)")).authentication != nil)
    }

    @Test func aTokenOfMoreThanEightKiBIsRefusedByHeaderAndByItself() async throws {
        let long = try self.token(#"{"sub":"ada","exp":1000060,"x":"\#(String(repeating: "x", count: 6200))"}"#)
        #expect(long.utf8.count > 8192)
        #expect(try await self.resolve(self.person(), (.authorization, "Bearer \(long)")).isRejected)
        #expect(try await self.person().resolve(token: long).isRejected)
        #expect(try await self.resolve(self.cookie(), (.cookie, "jwt=\(long)")).isRejected)
    }

    @Test func aTokenMayComeAnotherWayThanWithARequest() async throws {
        #expect(try await self.person().resolve(token: self.token()).authentication?.user.name == "ada")
        for text in ["", "opaque", try self.token(by: .garbage)] { #expect(try await self.person().resolve(token: text).isRejected) }
    }

    // MARK: Cookies

    @Test func aGoodTokenOfACookieIsAUserOfABrowser() async throws {
        let resolver = try await self.cookie()
        #expect(resolver.isAmbient)
        #expect(try await self.person().isAmbient == false)
        let found = try #require(try await self.resolve(resolver, (.cookie, "a=1; jwt=\(self.token()); b=2")).authentication)
        #expect(found.user.name == "ada" && found.method == .jwtCookie && found.isAmbient)
        #expect(found.expiresAt == Date(timeIntervalSince1970: 1_000_060))
    }

    @Test func cookiesWithoutOrWithABadToken() async throws {
        #expect(try await self.resolve(self.cookie()).isNone)
        #expect(try await self.resolve(self.cookie(), (.cookie, "JWT=\(self.token())")).isNone)
        #expect(try await self.resolve(self.cookie(), (.authorization, "Bearer \(self.token())")).isNone)
        #expect(try await self.resolve(self.cookie(), (.cookie, "jwt=")).isRejected)
        #expect(try await self.resolve(self.cookie(), (.cookie, "jwt=nonsense")).isRejected)
        #expect(try await self.resolve(self.cookie(), (.cookie, "jwt=\(self.token()); jwt=\(self.token())")).isRejected)
        #expect(try await self.resolve(self.cookie(), (.cookie, "jwt=\(self.token(by: .garbage))")).isRejected)
    }

    @Test func aBadBearerTokenIsNotPassedOverForAGoodCookie() async throws {
        let (cookie, person) = (try await self.cookie(), try await self.person())
        let chain = AuthResolverChain<Person> {
            cookie
            person
        }
        let good = try self.token()
        #expect(try await self.resolve(chain, (.authorization, "Bearer nonsense"), (.cookie, "jwt=\(good)")).isRejected)
        #expect(try await self.resolve(chain, (.cookie, "jwt=\(good)")).authentication?.method == .jwtCookie)
        #expect(try await self.resolve(chain, (.authorization, "Bearer \(good)"), (.cookie, "jwt=nonsense")).authentication?.method == .bearer)
    }

    // MARK: Users

    @Test func aUserIsFoundByIDByClosureOrBySubject() async throws {
        let verifier = try await JWTVerifier.hmac { $0.requiresSubject = false }
        let members = JWTResolver(verifier) { _ in Member(id: 7) }
        let named = JWTResolver(verifier, userID: { "user:\($0.name)" }, user: { Person(name: $0.subject) })
        let people = JWTResolver(verifier) { Person(name: $0.subject) }
        let token = try self.token()
        #expect(try await members.resolve(token: token).authentication?.userID == "7")
        #expect(try await named.resolve(token: token).authentication?.userID == "user:ada")
        #expect(try await people.resolve(token: token).authentication?.userID == "ada")
        let nobody = try #require(try await people.resolve(token: self.token(#"{"exp":1000060}"#)).authentication)
        #expect(nobody.userID == nil)
    }

    @Test func aTokenAboutAUserWhoIsGoneIsRefused() async throws {
        let resolver = JWTResolver<Person>(try await JWTVerifier.hmac()) { _ in nil }
        #expect(try await resolver.resolve(token: self.token()).isRejected)
        #expect(try await self.resolve(resolver, (.authorization, "Bearer \(self.token())")).isRejected)
    }

    @Test func nobodyIsAskedAboutABadToken() async throws {
        let resolver = JWTResolver<Person>(try await JWTVerifier.hmac()) { _ in throw StoreFailure() }
        #expect(try await resolver.resolve(token: self.token(by: .garbage)).isRejected)
        #expect(try await self.resolve(resolver).isNone)
    }

    @Test func aFailureOfTheApplicationIsPassedOn() async throws {
        let verifier = try await JWTVerifier.hmac()
        let token = try self.token()
        let failing = JWTResolver<Person>(verifier) { _ in throw StoreFailure() }
        await #expect(throws: StoreFailure.self) { try await failing.resolve(token: token) }
        await #expect(throws: StoreFailure.self) { try await self.resolve(failing, (.authorization, "Bearer \(token)")) }
        let forbidding = JWTResolver<Person>(verifier) { _ in throw HTTPError(.forbidden) }
        await #expect(throws: HTTPError.self) { try await self.resolve(forbidding, (.authorization, "Bearer \(token)")) }
    }

    @Test func claimsThatTheApplicationCannotReadRefuseTheToken() async throws {
        struct Own: Decodable { let role: String }
        let resolver = JWTResolver(try await JWTVerifier.hmac()) { Person(name: try $0.decode(as: Own.self).role) }
        #expect(try await self.resolve(resolver, (.authorization, "Bearer \(self.token())")).isRejected)
        let token = try self.token(#"{"sub":"ada","exp":1000060,"role":"admin"}"#)
        #expect(try await self.resolve(resolver, (.authorization, "Bearer \(token)")).authentication?.user.name == "admin")
    }

    @Test func keysThatCannotBeLoadedAreAFailureNotARefusal() async throws {
        let resolver = JWTResolver(try await JWTVerifier.at(TestClock(), TestIssuer(nil).keys())) { Person(name: $0.subject) }
        let token = try TestToken.make(#"{"alg":"ES256","kid":"e"}"#, by: .garbage)
        await #expect(throws: JWTKeysUnavailable.self) { try await self.resolve(resolver, (.authorization, "Bearer \(token)")) }
        #expect(try await self.resolve(resolver, (.authorization, "Bearer opaque")).isRejected)
    }

    // MARK: Secrecy

    @Test func nothingOfATokenIsLogged() async throws {
        let payloads = [
            TestToken.payload, #"{"sub":"marker-sub","exp":1}"#, #"{"sub":"marker-sub","exp":"marker-exp"}"#,
            #"{"sub":"marker-sub","exp":1000060,"nbf":9999999}"#, #"{"sub":{"x":"marker-sub"},"exp":1000060}"#,
        ]
        var texts: [String] = []
        for payload in payloads {
            for signer in [TestSigner.hmac(TestKeys.secret), .garbage] {
                let token = try self.token(payload, by: signer)
                _ = try await self.resolve(self.person(), (.authorization, "Bearer \(token)"))
                _ = try await self.resolve(self.cookie(), (.cookie, "jwt=\(token)"))
                texts += token.split(separator: ".").map(String.init)
            }
        }
        let kid = try TestToken.make(#"{"alg":"HS256","kid":"marker-kid"}"#, by: .garbage)
        _ = try await self.resolve(self.person(), (.authorization, "Bearer \(kid)"))
        #expect(self.logs.lines.contains { $0.contains("A JSON Web Token was refused") && $0.contains("expired") })
        #expect(self.logs.lines.contains { $0.contains("unknown_key") })
        for line in self.logs.lines {
            for text in texts + ["marker", "ada", TestKeys.secret] { #expect(!line.contains(text), "\(line)") }
        }
    }
}

extension AuthOutcome {
    fileprivate var authentication: Authentication<User>? {
        guard case .user(let found) = self else { return nil }
        return found
    }

    fileprivate var isNone: Bool {
        guard case .none = self else { return false }
        return true
    }

    fileprivate var isRejected: Bool {
        guard case .rejected = self else { return false }
        return true
    }
}
