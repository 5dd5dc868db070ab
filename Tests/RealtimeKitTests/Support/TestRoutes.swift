//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird

/// Routes beside an endpoint, whatever the router's context.
protocol TestRoutes: Sendable {
    func add(to router: some RouterMethods)
}

struct NoRoutes: TestRoutes {
    func add(to router: some RouterMethods) {}
}
