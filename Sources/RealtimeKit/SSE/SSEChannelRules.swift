//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// The channel patterns of a manager, in the order of their registration.
final class SSEChannelRules: Sendable {
    /// What holds for one channel.
    enum Verdict: Sendable {
        /// A pattern matches.
        case rule(SSEChannelOptions, TopicParameters)
        /// There are no patterns: every name is a channel.
        case unrestricted
        /// There are patterns, and none matches.
        case unknown
    }

    private let rules = Mutex<[(pattern: TopicPattern, options: SSEChannelOptions)]>([])

    /// Adds a pattern; the same pattern again replaces its options and keeps its place.
    func add(_ pattern: TopicPattern, _ options: SSEChannelOptions) {
        self.rules.withLock { rules in
            if let index = rules.firstIndex(where: { $0.pattern == pattern }) {
                rules[index].options = options
            } else {
                rules.append((pattern, options))
            }
        }
    }

    /// Looks a channel up: the first pattern that matches counts.
    func verdict(for channel: String) -> Verdict {
        self.rules.withLock { rules in
            for rule in rules {
                if let parameters = rule.pattern.match(channel) { return .rule(rule.options, parameters) }
            }
            return rules.isEmpty ? .unrestricted : .unknown
        }
    }

    /// The heartbeat interval that a channel asks for.
    func heartbeat(of channel: String) -> Duration? {
        guard case .rule(let options, _) = self.verdict(for: channel) else { return nil }
        return options.heartbeat
    }
}
