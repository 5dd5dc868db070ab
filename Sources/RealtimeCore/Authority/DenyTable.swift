//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Users, sessions and tokens that are denied, each until a time.
package struct DenyTable: Sendable {
    /// What is denied.
    package enum Subject: Hashable, Sendable {
        case user(String)
        case session(String)
        case token(String)
    }

    /// So many entries are kept without looking for old ones.
    private static let unsweptEntries = 1024

    private var ends: [Subject: Date] = [:]
    private var sweepAt = DenyTable.unsweptEntries

    package init() {}

    /// How many entries there are, those that are over included.
    package var count: Int { self.ends.count }

    /// Denies a subject. An entry that lasts longer stays.
    package mutating func deny(_ subject: Subject, until end: Date, now: Date) {
        self.ends[subject] = max(end, self.ends[subject] ?? .distantPast)
        guard self.ends.count > self.sweepAt else { return }
        self.ends = self.ends.filter { $0.value > now }
        // What is left is not looked through again before it has doubled.
        self.sweepAt = max(Self.unsweptEntries, 2 * self.ends.count)
    }

    /// Takes an entry back.
    ///
    /// - Returns: whether there was one.
    package mutating func allow(_ subject: Subject) -> Bool { self.ends.removeValue(forKey: subject) != nil }

    /// Whether any of the subjects is denied.
    package func denies(_ subjects: [Subject], at now: Date) -> Bool {
        !self.ends.isEmpty && subjects.contains { self.ends[$0].map { $0 > now } ?? false }
    }
}
