//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// The channel or room patterns of a manager, in the order of their registration.
final class TopicRules<Options: Sendable>: Sendable {
    /// What holds for one name.
    enum Verdict: Sendable {
        /// A pattern matches.
        case rule(Options, TopicParameters)
        /// There are no patterns: every name will do.
        case unrestricted
        /// There are patterns, and none matches.
        case unknown
    }

    private let rules = Mutex<[(pattern: TopicPattern, options: Options)]>([])

    /// Adds a pattern; the same pattern again replaces its options and keeps its place.
    func add(_ pattern: TopicPattern, _ options: Options) {
        self.rules.withLock { rules in
            if let index = rules.firstIndex(where: { $0.pattern == pattern }) {
                rules[index].options = options
            } else {
                rules.append((pattern, options))
            }
        }
    }

    /// Looks a name up: the first pattern that matches counts.
    func verdict(for name: String) -> Verdict {
        self.rules.withLock { rules in
            for rule in rules {
                if let parameters = rule.pattern.match(name) { return .rule(rule.options, parameters) }
            }
            return rules.isEmpty ? .unrestricted : .unknown
        }
    }
}
