//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Hooks that take too long, and too many hooks.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEHookTimeoutTests {
    @Test func aHookThatAnswersAtOnceNeedsNoTimer() async throws {
        let clock = ManualClock()
        let runner = HookRunner(timeout: .seconds(10), limit: 1, clock: clock)
        for number in 0..<100 { #expect(try await runner.run { number } == number) }
        #expect(clock.sleeperCount == 0)
    }

    @Test func aLateAnswerIsDiscardedEvenIfTheHookIgnoresCancellation() async throws {
        let clock = ManualClock()
        let runner = HookRunner(timeout: .seconds(10), limit: 10, clock: clock)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let hook = try runner.start { () -> String in
            await Task.detached { for await _ in gate {} }.value
            return "too late"
        }
        let answer = Task { try await hook.answer() }
        try await eventually("the timer runs") { clock.sleeperCount == 1 }
        try await clock.advance(by: .seconds(10))
        await #expect(throws: HookFailure.timedOut) { try await answer.value }
        open.finish()
    }

    @Test func hooksBeyondTheLimitAreNotStarted() async throws {
        let clock = ManualClock()
        let runner = HookRunner(timeout: .seconds(10), limit: 1, clock: clock)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let first = try runner.start { for await _ in gate {} }
        #expect(throws: HookFailure.overloaded) { try runner.start {} }
        open.finish()
        try await first.answer()
        try await eventually("there is room again") { (try? runner.start {}) != nil }
    }

    @Test func aSlowOnConnectSendsTheClientBackLaterAndASlowOnSubscribeDeniesItsChannel() async throws {
        let clock = ManualClock()
        let manager = try SSEManager(clock: clock)
        let router = Router()
        let never: @Sendable () async -> Void = { try? await clock.sleep(for: .seconds(3600)) }
        router.sse(
            "/connect",
            try SSEPlugin(
                manager: manager,
                hooks: .init(onConnect: { _ in
                    await never()
                    return true
                })
            )
        )
        router.sse(
            "/subscribe",
            try SSEPlugin(
                manager: manager,
                hooks: .init(onSubscribe: { info in
                    if info.channel == "slow" { await never() }
                    return true
                })
            )
        )
        try await TestServer.run(router) { server in
            let connecting = try await SSETestClient.open(port: server.port, "/connect")
            let subscribing = try await SSETestClient.open(port: server.port, "/subscribe?channels=slow,fast")
            try await eventually("two hooks and their timers wait") { clock.sleeperCount == 4 }
            try await clock.advance(by: .seconds(10))
            #expect(try await connecting.body().hasPrefix("retry: "))
            #expect(try await subscribing.next().data.contains(#""channels":["fast"]"#))
            #expect(try await subscribing.next("unauthorized").data.contains("slow"))
        }
    }
}
