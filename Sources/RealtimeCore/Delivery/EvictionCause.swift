//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Why a client was too slow.
enum EvictionCause: String {
    /// Its outbox was full.
    case bytes = "outbox_bytes"
    /// Its oldest unsent byte was too old.
    case age = "outbox_age"
    /// All outboxes together held too much, and it had been stalled longest.
    case budget = "outbox_budget"

    /// The cause in words, for the log.
    var detail: String {
        switch self {
        case .bytes: "outbox full"
        case .age: "oldest unsent byte too old"
        case .budget: "outbox budget"
        }
    }
}
