//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import NIOCore
import RealtimeCore

extension Peer {
    /// Who is at the other end of a request's connection, as far as that is known.
    init(_ context: any RequestContext) {
        let address = ConnectionScope.channel(of: context)?.remoteAddress ?? (context as? any RemoteAddressRequestContext)?.remoteAddress
        switch address {
        case .unixDomainSocket: self = .unixSocket
        case let address?: self = address.ipAddress.flatMap { IPAddress($0) }.map { .address($0) } ?? .unknown
        case nil: self = .unknown
        }
    }
}
