//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import RealtimeCore
import Synchronization

/// Runs the application's hooks: each with a timeout, all of them bounded in number.
///
/// A hook that answers without waiting costs neither a timer nor a switch of threads.
package final class HookRunner: Sendable {
    private let timeout: Duration
    private let limit: Int
    private let clock: any EngineClock
    private let running = Atomic<Int>(0)

    /// Makes a runner.
    ///
    /// - Parameters:
    ///   - timeout: how long a hook may take.
    ///   - limit: how many hooks may run at a time, those included that ignore their cancellation.
    package init(timeout: Duration, limit: Int, clock: any EngineClock) {
        self.timeout = timeout
        self.limit = limit
        self.clock = clock
    }

    /// Checks settings.
    static func validate(timeout: Duration, limit: Int = 1) throws(RealtimeError) {
        guard timeout >= .milliseconds(1), timeout <= .seconds(3600) else {
            throw RealtimeError(.invalidConfiguration, "hookTimeout is \(timeout); 1 ms to 1 hour are accepted")
        }
        guard limit >= 1 else {
            throw RealtimeError(.invalidConfiguration, "maxRunningHooks is \(limit); at least 1 is accepted")
        }
    }

    /// Starts a hook.
    ///
    /// - Throws: ``HookFailure/overloaded`` when too many are running.
    func start<Answer: Sendable>(_ hook: @escaping @Sendable () async throws -> Answer) throws(HookFailure) -> RunningHook<Answer> {
        guard self.running.add(1, ordering: .relaxed).newValue <= self.limit else {
            self.running.subtract(1, ordering: .relaxed)
            throw .overloaded
        }
        let race = FirstResult<Answer>()
        let task = Self.startAtOnce {
            do {
                race.finish(.success(try await hook()))
            } catch {
                race.finish(.failure(error))
            }
            self.running.subtract(1, ordering: .relaxed)
        }
        return RunningHook(race: race, task: task, timeout: self.timeout, clock: self.clock)
    }

    /// Starts a hook and waits for its answer.
    ///
    /// - Throws: what the hook throws, or a ``HookFailure``.
    package func run<Answer: Sendable>(_ hook: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        try await self.start(hook).answer()
    }

    /// Runs a hook that nobody waits for. It has the same timeout, after which it is cancelled; it is never refused, because there are no
    /// more of them than connections.
    func runDetached(_ hook: @escaping @Sendable () async -> Void) {
        Task {
            await withTaskGroup { group in
                group.addTask { await hook() }
                group.addTask { try? await self.clock.sleep(for: self.timeout) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    /// Begins on the caller's thread where the system can, so that an answer that needs no waiting is there when this returns.
    static func startAtOnce(_ operation: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        if #available(macOS 26, iOS 26, *) {
            return Task.immediate { await operation() }
        }
        return Task { await operation() }
    }
}

/// A hook that has been started.
struct RunningHook<Answer: Sendable>: Sendable {
    let race: FirstResult<Answer>
    let task: Task<Void, Never>
    let timeout: Duration
    let clock: any EngineClock

    /// Waits for the answer, at most for the hook timeout. A late answer is discarded, even that of a hook that ignores cancellation.
    func answer() async throws -> Answer {
        if let result = self.race.result { return try result.get() }
        let timer = Task {
            guard (try? await self.clock.sleep(for: self.timeout)) != nil else { return }
            if self.race.finish(.failure(HookFailure.timedOut)) { self.task.cancel() }
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await self.race.wait()
        } onCancel: {
            self.task.cancel()
        }
    }
}
