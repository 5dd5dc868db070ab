//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import Synchronization

/// Whether a response writer is Hummingbird's own, that is, no middleware changes what is written. Its type is internal, so its name is all
/// that can be asked; asked once, the type itself is remembered. Pinned by a test.
enum WriterIdentity {
    private static let known = Atomic<UInt>(0)

    static func isHummingbirdsOwn(_ writer: any ResponseBodyWriter) -> Bool {
        let type = UInt(bitPattern: ObjectIdentifier(Swift.type(of: writer)))
        if self.known.load(ordering: .relaxed) == type { return true }
        guard String(reflecting: Swift.type(of: writer)) == "HummingbirdCore.RootResponseBodyWriter" else { return false }
        self.known.store(type, ordering: .relaxed)
        return true
    }
}
