//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// How long a connection may last.
enum ConnectionAge {
    /// Checks a limit.
    static func validate(_ limit: Duration?) throws(RealtimeError) {
        guard let limit else { return }
        guard limit >= .seconds(1), limit <= .seconds(366 * 86_400) else {
            throw RealtimeError(.invalidConfiguration, "maxConnectionAge is \(limit); 1 s to 1 year, or nil for none, are accepted")
        }
    }
}
