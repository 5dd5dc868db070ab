//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import Testing

/// Which of several credentials decides.
@Suite struct AuthResolverChainTests {
    private typealias Policy = AuthResolverChain<TestUser>.Policy

    private let asked = Recorder<String>()

    private func resolver(_ name: String, _ outcome: AuthOutcome<TestUser>, isAmbient: Bool = false, error: (any Error)? = nil) -> SampleResolver {
        SampleResolver(name: name, isAmbient: isAmbient, outcome: outcome, error: error, asked: self.asked)
    }

    private func resolve(_ chain: AuthResolverChain<TestUser>) async throws -> String {
        try await chain.resolve(try sampleRequest(), context: BasicRequestContext.sample()).word
    }

    @Test func explicitCredentialsComeBeforeAmbientOnesWhateverTheListsOrder() async throws {
        let chain = AuthResolverChain {
            self.resolver("cookie 1", .user(.sample("cookie")), isAmbient: true)
            self.resolver("key", .none)
            self.resolver("cookie 2", .none, isAmbient: true)
            self.resolver("bearer", .user(.sample("bearer")))
        }
        #expect(try await self.resolve(chain) == "bearer")
        #expect(self.asked.values == ["key", "bearer"])
    }

    @Test func withinAKindTheListsOrderCounts() async throws {
        let chain = AuthResolverChain {
            self.resolver("cookie 1", .none, isAmbient: true)
            self.resolver("a", .none)
            self.resolver("cookie 2", .none, isAmbient: true)
            self.resolver("b", .none)
        }
        #expect(try await self.resolve(chain) == "none")
        #expect(self.asked.values == ["a", "b", "cookie 1", "cookie 2"])
    }

    @Test func theFirstThatIsPresentDecides() async throws {
        let chain = AuthResolverChain {
            self.resolver("absent", .none)
            self.resolver("bad", .rejected)
            self.resolver("good", .user(.sample("alice")))
        }
        #expect(try await self.resolve(chain) == "rejected")
        #expect(self.asked.values == ["absent", "bad"])
    }

    @Test func withFirstSuccessABadOneIsPassedOverButNotForgotten() async throws {
        let good = AuthResolverChain(policy: .firstSuccess) {
            self.resolver("bad", .rejected)
            self.resolver("good", .user(.sample("alice")), isAmbient: true)
            self.resolver("another", .user(.sample("bob")), isAmbient: true)
        }
        #expect(try await self.resolve(good) == "alice")
        #expect(self.asked.values == ["bad", "good"])
        let bad = AuthResolverChain(policy: .firstSuccess) {
            self.resolver("bad", .rejected)
            self.resolver("absent", .none)
        }
        #expect(try await self.resolve(bad) == "rejected")
    }

    @Test(arguments: [false, true]) func whatCannotBeCheckedIsNotPassedOver(isFirstSuccess: Bool) async throws {
        struct StoreIsDown: Error {}
        let chain = AuthResolverChain(policy: isFirstSuccess ? .firstSuccess : .firstPresent) {
            self.resolver("down", .none, error: StoreIsDown())
            self.resolver("good", .user(.sample("alice")), isAmbient: true)
        }
        await #expect(throws: StoreIsDown.self) { try await self.resolve(chain) }
        #expect(self.asked.values == ["down"])
    }

    @Test func anEmptyChainFindsNobodyAndIsNotAmbient() async throws {
        let chain = AuthResolverChain<TestUser>([])
        #expect(try await self.resolve(chain) == "none")
        #expect(!chain.isAmbient)
    }

    @Test func aChainIsAmbientIfAllOfItIs() {
        let cookie = self.resolver("cookie", .none, isAmbient: true)
        let bearer = self.resolver("bearer", .none)
        #expect(AuthResolverChain([cookie, cookie]).isAmbient)
        #expect(!AuthResolverChain([cookie, bearer]).isAmbient)
        #expect(!AuthResolverChain([bearer]).isAmbient)
        #expect(!bearer.isAmbient)
    }

    @Test func aChainInAChainDoesNotBringItsCookiesForward() async throws {
        let inner = AuthResolverChain {
            self.resolver("inner cookie", .user(.sample("cookie")), isAmbient: true)
            self.resolver("inner bearer", .none)
        }
        let outer = AuthResolverChain {
            inner
            self.resolver("outer cookie", .none, isAmbient: true)
            self.resolver("key", .none)
        }
        #expect(try await self.resolve(outer) == "cookie")
        #expect(self.asked.values == ["inner bearer", "key", "inner cookie"])
        #expect(!outer.isAmbient)
    }

    @Test func aChainOfAnotherPolicyComesBetweenExplicitAndAmbientOnes() async throws {
        let inner = AuthResolverChain(policy: .firstSuccess) {
            self.resolver("inner cookie", .none, isAmbient: true)
            self.resolver("inner bearer", .rejected)
        }
        let outer = AuthResolverChain {
            self.resolver("outer cookie", .user(.sample("cookie")), isAmbient: true)
            inner
            self.resolver("key", .none)
        }
        #expect(try await self.resolve(outer) == "rejected")
        #expect(self.asked.values == ["key", "inner bearer", "inner cookie"])
    }

    @Test func aListIsBuiltWithConditionsAndLoops() async throws {
        func chain(_ isOn: Bool) throws -> AuthResolverChain<TestUser> {
            try AuthResolverChain {
                if isOn { self.resolver("if", .none) }
                if isOn { self.resolver("then", .none) } else { self.resolver("else", .none) }
                for name in ["x", "y"] { self.resolver(name, .none) }
                [self.resolver("listed", .none)]
                try self.throwing(self.resolver("last", .none))
            }
        }
        #expect(try await self.resolve(chain(true)) == "none")
        #expect(try await self.resolve(chain(false)) == "none")
        #expect(self.asked.values == ["if", "then", "x", "y", "listed", "last", "else", "x", "y", "listed", "last"])
    }

    private func throwing(_ resolver: SampleResolver) throws -> SampleResolver { resolver }

    // MARK: The credentials of a request

    @Test(
        arguments: [
            ([], "none"),
            ([("Authorization", "Bearer good")], "bearer"),
            ([("Authorization", "Bearer bad")], "rejected"),
            ([("Cookie", "session=alice")], "alice"),
            ([("Cookie", "session=stolen")], "rejected"),
            ([("Cookie", "session=alice"), ("Authorization", "Bearer good")], "bearer"),
            ([("Cookie", "session=alice"), ("Authorization", "Bearer bad")], "rejected"),
            ([("Cookie", "session=alice"), ("Authorization", "Bearer")], "rejected"),
            ([("Cookie", "session=alice"), ("Authorization", "Bearer: good")], "rejected"),
            ([("Cookie", "session=stolen"), ("Authorization", "Bearer good")], "bearer"),
            ([("Authorization", "Basic YTpi")], "none"),
            ([("Cookie", "session=alice"), ("Authorization", "Basic YTpi")], "alice"),
            ([("Cookie", "session=alice"), ("Cookie", "session=bob")], "rejected"),
        ] as [([(String, String)], String)]
    )
    func aBearerTokenComesBeforeACookie(fields: [(String, String)], word: String) async throws {
        let request = try sampleRequest("/", fields)
        #expect(try await SampleChain.make().resolve(request, context: BasicRequestContext.sample()).word == word)
    }
}
