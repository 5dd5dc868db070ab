//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Decides when a key set is loaded.
struct LoadSchedule: Sendable {
    /// What to do for a key that is not there.
    enum Action: Sendable, Equatable {
        /// Load, and wait for the end.
        case load
        /// Wait for the end of the load that is under way.
        case wait
        /// Neither: the last load was just now.
        case giveUp
    }

    private let coolDown: TimeInterval
    private let refreshAfter: TimeInterval
    private var isLoading = false
    private var endedAt: Date?
    private var loadedAt: Date?
    /// Whether the last load failed.
    private(set) var hasFailed = false

    init(coolDown: Duration, refreshAfter: Duration) {
        self.coolDown = coolDown.inSeconds
        self.refreshAfter = refreshAfter.inSeconds
    }

    /// Whether there has been a set at all.
    var hasLoaded: Bool { self.loadedAt != nil }

    /// A token names a key that is not there.
    mutating func missing(at now: Date) -> Action {
        if self.isLoading { return .wait }
        guard self.isRested(at: now) else { return .giveUp }
        self.isLoading = true
        return .load
    }

    /// The application wants a load, whatever there is. The cool-down is for tokens.
    mutating func demanded() -> Action {
        if self.isLoading { return .wait }
        self.isLoading = true
        return .load
    }

    /// A key was found: whether to load nevertheless, because the set is old.
    mutating func found(at now: Date) -> Bool {
        guard !self.isLoading, let loadedAt, Self.distance(loadedAt, now) >= self.refreshAfter, self.isRested(at: now) else { return false }
        self.isLoading = true
        return true
    }

    /// A load is over.
    mutating func ended(at now: Date, isSuccess: Bool) {
        self.isLoading = false
        self.hasFailed = !isSuccess
        self.endedAt = now
        if isSuccess { self.loadedAt = now }
    }

    private func isRested(at now: Date) -> Bool {
        guard let endedAt else { return true }
        return Self.distance(endedAt, now) >= self.coolDown
    }

    /// In either direction: a clock that has been set back far must not stop loads until it is where it was.
    private static func distance(_ one: Date, _ other: Date) -> TimeInterval { abs(other.timeIntervalSince(one)) }
}
