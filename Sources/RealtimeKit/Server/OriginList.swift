//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// The origins that an application names.
package struct OriginList: Hashable, Sendable {
    private var origins: Set<Origin> = []
    /// Those that are none, for ``validate()``: a configuration is put together before anything can be thrown.
    private var invalid: [String] = []

    package init(_ texts: [String]) {
        for text in texts {
            if let origin = Origin(text) {
                self.origins.insert(origin)
            } else {
                self.invalid.append(text)
            }
        }
    }

    package func contains(_ origin: Origin) -> Bool { self.origins.contains(origin) }

    package func validate() throws(RealtimeError) {
        guard let text = self.invalid.first else { return }
        throw RealtimeError(
            .invalidConfiguration,
            "'\(text)' is not an origin; accepted is scheme://host or scheme://host:port, without a path"
        )
    }
}
