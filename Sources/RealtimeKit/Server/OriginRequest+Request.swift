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

extension OriginRequest {
    /// What a policy needs to know of a request.
    ///
    /// - Parameter channel: the one it came on, as far as that is known.
    init(_ request: Request, on channel: (any Channel)?, proxies: TrustedProxies) {
        let client = proxies.client(peer: proxies.isEmpty ? .unknown : Peer(channel), headers: ForwardedHeaders(request.headers))
        self.init(
            origins: request.headers[values: .origin],
            host: client.host ?? request.head.authority,
            isTLS: ConnectionScope.current?.isTLS ?? false,
            trustsProxies: !proxies.isEmpty,
            forwardedScheme: client.scheme,
            secFetchSite: request.headers[.secFetchSite],
            hasAmbientCredential: request.headers.contains(.cookie)
        )
    }
}
