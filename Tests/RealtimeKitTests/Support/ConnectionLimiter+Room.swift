//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import NIOCore

@testable import RealtimeKit

extension ConnectionLimiter {
    /// How many more connections may be opened, found out by opening them; at most 10,000. Only where the total is limited, and the rate is not.
    var room: Int {
        let request = Request(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/", headerFields: [:]),
            body: RequestBody(buffer: ByteBuffer())
        )
        var seats: [ConnectionSeat] = []
        while seats.count < 10_000, case .admitted(let seat?) = self.open(request, .unknown, at: .now()) { seats.append(seat) }
        return seats.count
    }
}
