//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// How an issuer's key set is loaded.
struct KeyLoader: Sendable {
    let coolDown: Duration
    let refreshAfter: Duration
    let load: @Sendable () async throws -> String

    /// Checks the times.
    func validate() throws(RealtimeError) {
        guard self.coolDown >= .seconds(1), self.coolDown <= .seconds(86_400) else {
            throw RealtimeError(.invalidConfiguration, "coolDown is \(self.coolDown); 1 second to 1 day are accepted")
        }
        guard self.refreshAfter >= .seconds(1), self.refreshAfter <= .seconds(30 * 86_400) else {
            throw RealtimeError(.invalidConfiguration, "refreshAfter is \(self.refreshAfter); 1 second to 30 days are accepted")
        }
    }
}
