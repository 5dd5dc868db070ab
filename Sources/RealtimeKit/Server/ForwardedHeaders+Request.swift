//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes

extension ForwardedHeaders {
    /// The headers of a request.
    init(_ fields: HTTPFields) {
        self.init(
            xForwardedFor: fields[values: .xForwardedFor],
            xForwardedProto: fields[values: .xForwardedProto],
            xForwardedHost: fields[values: .xForwardedHost],
            forwarded: fields[values: .forwarded]
        )
    }
}
