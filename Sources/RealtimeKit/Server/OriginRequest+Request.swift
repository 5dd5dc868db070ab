//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird

extension OriginRequest {
    /// What a policy needs to know of a request.
    init(_ request: Request, _ context: any RequestContext, proxies: TrustedProxies) {
        let client = proxies.client(peer: proxies.isEmpty ? .unknown : Peer(context), headers: ForwardedHeaders(request.headers))
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
