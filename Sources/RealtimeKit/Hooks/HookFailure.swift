//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Why a hook gave no answer of its own.
enum HookFailure: Error {
    /// It took longer than the hook timeout.
    case timedOut
    /// Too many hooks are running already.
    case overloaded
}
