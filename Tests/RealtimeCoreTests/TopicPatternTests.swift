//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RealtimeCore
import Testing

@Suite struct TopicPatternTests {
    @Test(arguments: [
        "posts", "posts.v1", "a+b", "a?", "^a$", "(a|b)", "[a-z]", "a{2}", "\\d", ".*", "a/b/c", "/", "//", "a/", "/a", "a:b", "a*b", "%41", "ä/ö",
        "a b", "\u{301}/a",
    ])
    func literalsMatchThemselvesAndNothingElse(_ text: String) throws {
        let pattern = try TopicPattern(text)
        #expect(pattern.description == text)
        #expect(pattern.match(text) == TopicParameters())
        for other in ["", text + "x", "x" + text, text + "/", "/" + text, text.uppercased() + "x", "postsXv1", "aab", "a", "aa", "b", "5", "A"]
        where other != text {
            #expect(pattern.match(other) == nil, "\(text) matched \(other)")
        }
    }

    @Test func aDotIsADot() throws {
        let pattern = try TopicPattern("posts.v1")
        #expect(pattern.match("posts.v1") != nil)
        #expect(pattern.match("postsxv1") == nil)
        #expect(pattern.match("posts/v1") == nil)
    }

    @Test func aParameterMatchesExactlyOneNonEmptySegment() throws {
        let pattern = try TopicPattern("users/:id")
        #expect(pattern.match("users/5")?["id"] == "5")
        #expect(pattern.match("users/a b.c")?["id"] == "a b.c")
        #expect(pattern.match("users/:id")?["id"] == ":id")
        for name in ["users", "users/", "users/5/", "users/5/6", "/users/5", "user/5", "users//5", "Users/5", "xusers/5", ""] {
            #expect(pattern.match(name) == nil, "\(name)")
        }
    }

    @Test func parametersMayStandAnywhere() throws {
        let pattern = try TopicPattern(":kind/teams/:team/updates")
        let parameters = try #require(pattern.match("public/teams/7/updates"))
        #expect(parameters["kind"] == "public")
        #expect(parameters["team"] == "7")
        #expect(parameters["other"] == nil)
        #expect(pattern.match("public/teams/7/update") == nil)
        #expect(pattern.match("public/teams/7/updates2") == nil)
        #expect(pattern.match("public/teams//updates") == nil)
        #expect(pattern.match("/teams/7/updates") == nil)
    }

    @Test func aTailMatchesTheRestOfTheName() throws {
        let pattern = try TopicPattern("files/*path")
        #expect(pattern.match("files/a")?["path"] == "a")
        #expect(pattern.match("files/a/b/c")?["path"] == "a/b/c")
        #expect(pattern.match("files/a/")?["path"] == "a/")
        #expect(pattern.match("files") == nil)
        #expect(pattern.match("files/") == nil)
        #expect(pattern.match("file/a") == nil)
        #expect(pattern.match("files2/a") == nil)
    }

    @Test func aTailWithoutNameIsCalledStar() throws {
        #expect(try TopicPattern("*").match("any/thing")?["*"] == "any/thing")
        #expect(try TopicPattern("*").match("") == nil)
        #expect(try TopicPattern("a/:b/*").match("a/1/2/3") == TopicParameters(["b": "1", "*": "2/3"]))
    }

    @Test func parametersAreReadAsTypes() throws {
        let parameters = try #require(TopicPattern(":a/:b/:c").match("42/x/9e2c"))
        #expect(parameters["a", as: Int.self] == 42)
        #expect(parameters["b", as: Int.self] == nil)
        #expect(parameters["a", as: String.self] == "42")
        #expect(parameters["a", as: Double.self] == 42)
        #expect(parameters["none", as: Int.self] == nil)
        let id = ConnectionID()
        #expect(try TopicPattern("connections/:id").match("connections/\(id)")?["id", as: ConnectionID.self] == id)
    }

    @Test func namesThatTheRegistryTakesForOneChannelMatchAlike() throws {
        // U+00E9 and e + U+0301 are one key.
        #expect(try TopicPattern("caf\u{e9}/:id").match("cafe\u{301}/5")?["id"] == "5")
    }

    @Test(arguments: ["a/\u{301}b", "a/\u{301}", "a/\u{200d}b", "a/\u{fe0f}"])
    func aSlashSeparatesEvenUnderACombiningCharacter(_ text: String) throws {
        let parameters = try TopicPattern(text).match(text)
        #expect(parameters == TopicParameters())
    }

    @Test(arguments: [
        ("", "the name is empty"),
        ("a\u{7}", "control character"),
        (String(repeating: "a", count: 256), "256 bytes"),
        (":", "a ':' is followed by the parameter's name"),
        ("users/:", "a ':' is followed by the parameter's name"),
        ("users/:/x", "a ':' is followed by the parameter's name"),
        (":id/:id", "the parameter 'id' stands twice"),
        (":id/*id", "the parameter 'id' stands twice"),
        ("*/a", "belongs in the last segment"),
        ("*path/a", "belongs in the last segment"),
        ("a/*path/", "belongs in the last segment"),
    ])
    func badPatternsAreRefusedWithAReason(_ text: String, reason: String) throws {
        let error = try #require(throws: RealtimeError.self) { try TopicPattern(text) }
        #expect(error.code == .invalidName)
        #expect(error.message.contains(reason), "\(error)")
    }

    @Test func patternsAreEqualWhenTheyAreWrittenAlike() throws {
        #expect(try TopicPattern("a/:b") == TopicPattern("a/:b"))
        #expect(try TopicPattern("a/:b") != TopicPattern("a/:c"))
    }
}
