//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// Asking the application, while nothing more is read.
extension WSSession {
    /// Runs a hook with its timeout.
    ///
    /// - Parameter done: gets the answer; called before this returns if there is one by then, and not at all when the connection ends first.
    func ask<Answer: Sendable>(
        _ runner: HookRunner,
        _ hook: @escaping @Sendable () async throws -> Answer,
        then done: @escaping (Result<Answer, any Error>) -> Void
    ) {
        let running: RunningHook<Answer>
        do {
            running = try runner.start(hook)
        } catch {
            return done(.failure(error))
        }
        if let result = running.race.result { return done(result) }
        self.wait(for: running.task, { try await running.answer() }, then: done)
    }

    /// Runs something that may take its time.
    func perform<Answer: Sendable>(
        _ work: @escaping @Sendable () async throws -> Answer,
        then done: @escaping (Result<Answer, any Error>) -> Void
    ) {
        let race = FirstResult<Answer>()
        let task = HookRunner.startAtOnce {
            do {
                race.finish(.success(try await work()))
            } catch {
                race.finish(.failure(error))
            }
        }
        if let result = race.result { return done(result) }
        self.wait(for: task, { try await race.wait() }, then: done)
    }

    /// Reads nothing more until the result is called, on the event loop.
    ///
    /// - Parameter done: what to do then; not called when the connection ends first.
    func hold(_ done: @escaping () -> Void) -> @Sendable () -> Void {
        guard let eventLoop = self.connection?.shard.loop else { return {} }
        self.wait(for: Held())
        let bound = NIOLoopBound((session: self, done: done), eventLoop: eventLoop)
        return {
            let (session, done) = bound.value
            session.workDone(done)
        }
    }

    /// Nothing that could be cancelled.
    private struct Held: WSWork {
        func cancel() {}
    }

    private func wait<Answer: Sendable>(
        for task: Task<Void, Never>,
        _ answer: @escaping @Sendable () async throws -> Answer,
        then done: @escaping (Result<Answer, any Error>) -> Void
    ) {
        guard let eventLoop = self.connection?.shard.loop else { return task.cancel() }
        self.wait(for: task)
        let bound = NIOLoopBound((session: self, done: done), eventLoop: eventLoop)
        Task {
            let result: Result<Answer, any Error>
            do {
                result = .success(try await answer())
            } catch {
                result = .failure(error)
            }
            eventLoop.execute {
                let (session, done) = bound.value
                session.workDone { done(result) }
            }
        }
    }
}
