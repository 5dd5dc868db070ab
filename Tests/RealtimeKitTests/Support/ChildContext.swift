//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird

/// The context of a group of routes, made from that of the router.
struct ChildContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage

    init(context: BasicRequestContext) throws {
        self.coreContext = context.coreContext
    }
}
