//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore
import Testing

/// When a credential that expires is spoken of, and when it ends a connection.
@Suite struct AuthorityLifeTests {
    private static let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    /// What is asked for at each whole second until the end.
    private static func actions(_ remaining: TimeAmount, _ grace: TimeAmount) -> [(second: Int64, action: AuthorityLife.Action)] {
        var life = AuthorityLife(remaining: remaining, grace: grace, now: Self.start)
        var actions: [(Int64, AuthorityLife.Action)] = []
        for second in Int64(0)...1000 {
            let now = Self.start + .seconds(second)
            #expect(life.deadline > now || life.deadline <= now)
            let isDue = life.deadline <= now
            let action = life.action(at: now)
            #expect(isDue == (action != .nothing), "second \(second)")
            guard action != .nothing else { continue }
            actions.append((second, action))
            if action == .end { break }
        }
        return actions
    }

    @Test func theClientIsToldAtFourFifthsAndTheConnectionEndsAfterTheGrace() {
        let actions = Self.actions(.seconds(100), .seconds(25))
        #expect(actions.map(\.second) == [80, 125])
        #expect(actions.map(\.action) == [.notice, .end])
    }

    @Test func withoutGraceTheEndIsWhenTheCredentialExpires() {
        #expect(Self.actions(.seconds(10), .zero).map(\.second) == [8, 10])
    }

    @Test func whoComesWithAnExpiredCredentialHasTheRestOfTheGrace() {
        let actions = Self.actions(.seconds(-20), .seconds(25))
        #expect(actions.map(\.second) == [5])
        #expect(actions.map(\.action) == [.end])
        #expect(Self.actions(.seconds(-20), .seconds(5)).map(\.second) == [0])
        #expect(Self.actions(.zero, .zero).map(\.action) == [.end])
    }

    @Test func aLateLookFindsTheEndAndNoNotice() {
        var life = AuthorityLife(remaining: .seconds(10), grace: .zero, now: Self.start)
        #expect(life.action(at: Self.start + .seconds(11)) == .end)
    }

    @Test func endlessTimesDoNotTrap() {
        for remaining in [Int64.min, -1, 0, 1, .max] {
            for grace in [0, Int64.max] {
                var life = AuthorityLife(remaining: .nanoseconds(remaining), grace: .nanoseconds(grace), now: Self.start)
                _ = life.action(at: Self.start)
                _ = life.action(at: .distantFuture)
            }
        }
    }
}
