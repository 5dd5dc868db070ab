//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import RealtimeCore
import RealtimeKit
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The keys of one issuer, and what loads them. Whoever wants a key takes a copy of the table; nobody waits for anybody who has one.
final class KeyRing: Sendable {
    private struct State {
        var table: KeyTable
        var schedule: LoadSchedule
        /// The load that is under way, or the last one.
        var load = Signal()
    }

    /// How long a load may take.
    static let timeout: Duration = .seconds(30)
    /// Loads that were given up and still go on. More are not started.
    private static let maxLoads = 4

    private let issuer: String?
    private let fixed: [VerifyingKey]
    private let loader: KeyLoader?
    private let runner: HookRunner
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let state: Mutex<State>

    /// Makes a ring of keys that do not change, and of those that `loader` brings.
    ///
    /// - Parameter issuer: whose keys they are, for the log.
    init(
        _ fixed: [VerifyingKey],
        loader: KeyLoader?,
        issuer: String?,
        now: @escaping @Sendable () -> Date,
        clock: any EngineClock,
        logger: Logger
    ) {
        self.issuer = issuer
        self.fixed = fixed
        self.loader = loader
        self.runner = HookRunner(timeout: Self.timeout, limit: Self.maxLoads, clock: clock)
        self.now = now
        self.logger = logger
        let schedule = LoadSchedule(coolDown: loader?.coolDown ?? .zero, refreshAfter: loader?.refreshAfter ?? .zero)
        self.state = Mutex(State(table: KeyTable(fixed), schedule: schedule))
    }

    /// The key for a token.
    ///
    /// - Throws: ``JWTRefusal``; ``JWTKeysUnavailable`` when there has never been a set that could have held it; `CancellationError`.
    func key(id: String?, algorithm: JWTKeyAlgorithm) async throws -> VerifyingKey {
        var search = self.table.find(id: id, algorithm: algorithm)
        if let loader {
            if case .key = search {
                self.refresh(loader)
            } else if case .missing = search {
                try await self.loadMissing(loader)
                search = self.table.find(id: id, algorithm: algorithm)
            }
        }
        switch search {
        case .key(let key): return key
        case .wrongAlgorithm: throw JWTRefusal.wrongAlgorithm
        case .ambiguous: throw JWTRefusal.unknownKey
        case .missing:
            guard self.loader == nil || self.state.withLock({ $0.schedule.hasLoaded }) else { throw JWTKeysUnavailable() }
            throw JWTRefusal.unknownKey
        }
    }

    /// Loads the set, or waits for the load that is under way.
    ///
    /// - Throws: ``JWTKeysUnavailable`` when that fails; `CancellationError`.
    func load() async throws {
        guard let loader else { return }
        try await self.follow(loader) { $0.demanded() }
        guard !self.state.withLock({ $0.schedule.hasFailed }) else { throw JWTKeysUnavailable() }
    }

    private func metadata(_ key: String, _ value: String) -> Logger.Metadata {
        var metadata: Logger.Metadata = [key: "\(value)"]
        if let issuer { metadata["rt.issuer"] = "\(issuer)" }
        return metadata
    }

    private var table: KeyTable { self.state.withLock { $0.table } }

    /// Loads an old set anew while it is used.
    private func refresh(_ loader: KeyLoader) {
        let now = self.now()
        let signal = self.state.withLock { state -> Signal? in
            guard state.schedule.found(at: now) else { return nil }
            state.load = Signal()
            return state.load
        }
        if let signal { self.start(loader, signal) }
    }

    private func loadMissing(_ loader: KeyLoader) async throws {
        let now = self.now()
        try await self.follow(loader) { $0.missing(at: now) }
    }

    /// Does what the schedule says, and waits for the end of it.
    private func follow(_ loader: KeyLoader, _ decide: (inout LoadSchedule) -> LoadSchedule.Action) async throws {
        let (action, signal) = self.state.withLock { state in
            let action = decide(&state.schedule)
            if action == .load { state.load = Signal() }
            return (action, state.load)
        }
        guard action != .giveUp else { return }
        if action == .load { self.start(loader, signal) }
        await signal.wait()
        try Task.checkCancellation()
    }

    /// Loads in a task of its own: whoever needed the set first may be gone before it is there, and others wait for it.
    private func start(_ loader: KeyLoader, _ signal: Signal) {
        Task.detached {
            let table = await self.loadTable(loader)
            let now = self.now()
            self.state.withLock { state in
                state.schedule.ended(at: now, isSuccess: table != nil)
                if let table { state.table = table }
            }
            signal.send()
        }
    }

    private func loadTable(_ loader: KeyLoader) async -> KeyTable? {
        do {
            let set = try await KeySet(self.runner.run(loader.load), isStrict: false)
            if set.unusableCount > 0 {
                self.logger.info("Keys for JSON Web Tokens are left out", metadata: self.metadata("rt.unusable", "\(set.unusableCount)"))
            }
            return KeyTable(self.fixed + set.keys)
        } catch {
            // The type only: the text may hold what was asked of a server, credentials included.
            self.logger.warning("Keys for JSON Web Tokens could not be loaded", metadata: self.metadata("rt.error", "\(type(of: error))"))
            return nil
        }
    }
}
