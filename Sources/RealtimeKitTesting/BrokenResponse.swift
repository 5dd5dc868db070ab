//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The server did something that its protocol does not allow, or that a test did not expect.
public struct BrokenResponse: Error, CustomStringConvertible {
    /// What it did.
    public let what: String

    /// What it did.
    public var description: String { self.what }

    package init(what: String) {
        self.what = what
    }
}
