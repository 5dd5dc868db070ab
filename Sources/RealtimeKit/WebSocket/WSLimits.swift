//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What one client may send in a message.
struct WSLimits: Sendable {
    var maxMessageBytes: Int
    var maxFragments: Int

    func validate() throws(RealtimeError) {
        guard (1...(1 << 30)).contains(self.maxMessageBytes) else {
            throw RealtimeError(.invalidConfiguration, "maxMessageBytes is \(self.maxMessageBytes); 1 byte to 1 GiB are accepted")
        }
        guard (1...(1 << 30)).contains(self.maxFragments) else {
            throw RealtimeError(.invalidConfiguration, "maxFragments is \(self.maxFragments); 1 to 2^30 are accepted")
        }
    }
}
