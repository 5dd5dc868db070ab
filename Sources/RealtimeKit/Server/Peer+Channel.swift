//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

extension Peer {
    /// Who is at the other end of a channel.
    init(_ channel: (any Channel)?) {
        switch channel?.remoteAddress {
        case .unixDomainSocket: self = .unixSocket
        case let address?: self = address.ipAddress.flatMap { IPAddress($0) }.map { .address($0) } ?? .unknown
        case nil: self = .unknown
        }
    }
}
