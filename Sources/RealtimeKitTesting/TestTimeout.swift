//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Something that a test waited for did not happen in time.
public struct TestTimeout: Error, CustomStringConvertible {
    /// What was waited for, and for how long.
    public let what: String

    /// What was waited for, and for how long.
    public var description: String { self.what }

    package init(what: String) {
        self.what = what
    }
}
