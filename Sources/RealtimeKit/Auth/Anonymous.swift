//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The user type of a plugin that knows no users. There is never a value of it: `info.user` is always `nil`.
public enum Anonymous: Sendable {}
